import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { WebSocket } from "undici";

/** The Chromium of this machine; null where there is none. */
export function findChromium(): string | null {
  for (const name of ["chromium", "chromium-browser", "google-chrome"]) {
    try {
      return execFileSync("sh", ["-c", `command -v ${name}`], { encoding: "utf8" }).trim();
    } catch {
      // The next one may be there.
    }
  }
  return null;
}

/** The Chromium of this machine; an error that says how to get one where there is none. */
export function requireChromium(): string {
  const found = findChromium();
  if (found === null) throw new Error("No Chromium here; on Debian: apt-get install chromium");
  return found;
}

/** A page that is open in a Chromium of its own, without a window, and goes on while it is looked at. */
export interface BrowserPage {
  /** Runs an expression on the page and gives its value, which JSON must be able to hold. */
  evaluate(expression: string): Promise<unknown>;
  close(): Promise<void>;
}

/** Opens `url`; Chromium keeps its files in `profile`. */
export async function openInChromium(chromium: string, url: string, profile: string): Promise<BrowserPage> {
  const child = spawn(
    chromium,
    [
      ...["--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--window-size=1280,1400"],
      ...[`--user-data-dir=${profile}`, "--remote-debugging-port=0", url],
    ],
    { stdio: ["ignore", "ignore", "pipe"] },
  );
  const socket = new WebSocket(await pageAddress(await debuggingPort(child), url));
  await new Promise((resolve, reject) => {
    socket.addEventListener("open", resolve, { once: true });
    socket.addEventListener("error", reject, { once: true });
  });
  const waiting = new Map<number, (result: unknown) => void>();
  socket.addEventListener("message", ({ data }) => {
    const { id, result } = JSON.parse(String(data)) as { id?: number; result?: unknown };
    if (id !== undefined) waiting.get(id)?.(result);
  });
  let asked = 0;
  const ask = (method: string, params: object): Promise<unknown> => {
    const id = ++asked;
    socket.send(JSON.stringify({ id, method, params }));
    return new Promise((resolve) => waiting.set(id, resolve));
  };
  return {
    evaluate: async (expression) => {
      const answer = await ask("Runtime.evaluate", { expression, returnByValue: true });
      return (answer as { result: { value?: unknown } }).result.value;
    },
    close: async () => {
      const ended = once(child, "close");
      child.kill("SIGTERM");
      const impatience = setTimeout(() => child.kill("SIGKILL"), 3000);
      await ended;
      clearTimeout(impatience);
    },
  };
}

function debuggingPort({ stderr }: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = "";
    stderr?.setEncoding("utf8").on("data", (text: string) => {
      said += text;
      const [, port] = /listening on ws:\/\/127\.0\.0\.1:(\d+)\//.exec(said) ?? [];
      if (port !== undefined) resolve(port);
    });
    stderr?.once("close", () => reject(new Error(`Chromium ended: ${said}`)));
  });
}

async function pageAddress(port: string, url: string): Promise<string> {
  for (;;) {
    const answer = await fetch(`http://127.0.0.1:${port}/json/list`);
    const targets = (await answer.json()) as { type: string; url: string; webSocketDebuggerUrl: string }[];
    const target = targets.find((each) => each.type === "page" && each.url === url);
    if (target !== undefined) return target.webSocketDebuggerUrl;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
