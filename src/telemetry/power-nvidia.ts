import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { monotonicNowMs, monotonicOf } from "./polling.ts";
import { PowerLog, type StartedPower } from "./power-source.ts";

const readingMs = 500;
const firstReadingMs = 10_000;
const lastReadingMs = 3 * readingMs;
const endGraceMs = 1000;

const query = "timestamp,index,name,power.draw";

/**
 * Reads the power of every NVIDIA GPU of this machine: one `nvidia-smi` that goes on until it is told to stop. A reading
 * counts for the time that nvidia-smi gives, not for when its line arrived.
 */
export async function startNvidiaSmi(command = "nvidia-smi"): Promise<StartedPower> {
  const child = spawn(
    command,
    [`--query-gpu=${query}`, "--format=csv,noheader,nounits", "-lms", String(readingMs)],
    { stdio: ["ignore", "pipe", "pipe"] },
  );
  const log = new PowerLog();
  let said = "";
  const ended = new Promise<string>((resolve) => {
    child.once("error", (error: NodeJS.ErrnoException) =>
      resolve(error.code === "ENOENT" ? "There is no nvidia-smi on this machine." : error.message),
    );
    child.once("close", (code) => resolve(`nvidia-smi ended with exit code ${code}: ${said.trim()}`));
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said = (said + text).slice(0, 300);
  });
  const lines = createInterface({ input: child.stdout });
  const firstReading = new Promise<"reads">((resolve) => {
    lines.on("line", (line) => {
      if (addReading(log, line)) resolve("reads");
      else if (log.series().length === 0) said = (said + line).slice(0, 300);
    });
  });
  const stop = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
    child.kill("SIGTERM");
    const impatience = setTimeout(() => child.kill("SIGKILL"), endGraceMs);
    await ended;
    clearTimeout(impatience);
  };
  const outcome = await Promise.race([firstReading, ended, after(firstReadingMs)]);
  if (outcome !== "reads") {
    await stop();
    return { why: outcome ?? `nvidia-smi tells no power: ${said.trim() || "it said nothing"}` };
  }
  return {
    follow: (follower) => log.follow(follower),
    stop: async (lastReading) => {
      // The last reading stands after the end of what is measured.
      const stoppedMs = monotonicNowMs();
      const isPast = () => log.series().every(({ timesMs }) => (timesMs.at(-1) ?? 0) >= stoppedMs);
      const pastTheEnd = new Promise<void>((resolve) => {
        lines.on("line", () => {
          if (isPast()) resolve();
        });
      });
      if (lastReading) await Promise.race([pastTheEnd, ended, after(lastReadingMs)]);
      await stop();
      return log.series();
    },
  };
}

/** Whether the line was a reading; a GPU without a power sensor says `[N/A]`. */
function addReading(log: PowerLog, line: string): boolean {
  const [timestamp = "", index = "", ...rest] = line.split(",").map((part) => part.trim());
  const watts = Number(rest.at(-1) || Number.NaN);
  const wallMs = localTimeMs(timestamp);
  if (Number.isNaN(watts) || Number.isNaN(wallMs)) return false;
  const name = `nvidia-smi GPU ${index} (${rest.slice(0, -1).join(", ")})`;
  log.add({ name, scope: "accelerators", unit: "watts" }, monotonicOf(wallMs), watts);
  return true;
}

/** "2026/11/24 13:05:07.123", in the machine's time zone. */
function localTimeMs(text: string): number {
  const parts = /^(\d+)\/(\d+)\/(\d+) (\d+):(\d+):(\d+)(?:\.(\d{1,3}))?$/.exec(text);
  if (parts === null) return Number.NaN;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts.slice(1, 7).map(Number);
  const milliseconds = Number((parts[7] ?? "0").padEnd(3, "0"));
  return new Date(year, month - 1, day, hour, minute, second, milliseconds).getTime();
}

/** Null after a while. */
function after(ms: number): Promise<null> {
  return new Promise((resolve) => {
    setTimeout(() => resolve(null), ms).unref();
  });
}
