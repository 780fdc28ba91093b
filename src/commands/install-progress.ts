import type { InstallEvent } from "../server/llamacpp-install.ts";

const barLength = 30;

/** Shows an installation: sentences as lines, bytes as one bar that moves on a terminal and stays silent elsewhere. */
export function showInstall(stream: {
  isTTY: boolean;
  write(text: string): boolean;
}): (event: InstallEvent) => void {
  return (event) => {
    if (event.kind === "note") {
      stream.write(`${event.message}\n`);
      return;
    }
    if (!stream.isTTY) return;
    const { receivedBytes, totalBytes } = event;
    const isWhole = receivedBytes === totalBytes;
    stream.write(`\r${drawBar(receivedBytes, totalBytes)}${isWhole ? "\n" : ""}`);
  };
}

/** `[######------]  50 %   64 of 127 MB`, or only the bytes when the total is not known. */
export function drawBar(receivedBytes: number, totalBytes: number | null): string {
  const received = Math.round(receivedBytes / 1e6);
  if (totalBytes === null) return `${received} MB`;
  const share = totalBytes === 0 ? 1 : Math.min(1, receivedBytes / totalBytes);
  const filled = Math.round(share * barLength);
  const bar = "#".repeat(filled).padEnd(barLength, "-");
  const percent = `${Math.round(share * 100)}`.padStart(3);
  return `[${bar}] ${percent} %  ${received} of ${Math.round(totalBytes / 1e6)} MB`;
}
