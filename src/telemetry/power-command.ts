import { spawn } from "node:child_process";
import { monotonicNowMs, startPolling } from "./polling.ts";
import { PowerLog, type StartedPower } from "./power-source.ts";

/** A command of the user's that prints the power of the whole system. */
export interface PowerCommand {
  /** For the shell. */
  command: string;
  /** Finds the watts in what it prints, in its first group or else as a whole; null: the first number before W or Watts, else the first. */
  pattern: string | null;
  /** @default 1000 */
  intervalMs?: number;
  /** @default 10000 */
  timeoutMs?: number;
}

const mostOutput = 65_536;

/** Runs the command again and again; what it prints is the power of the whole system, such as that of IPMI or Redfish. */
export async function startPowerCommand(options: PowerCommand): Promise<StartedPower> {
  const { intervalMs = 1000, timeoutMs = 10_000 } = options;
  const log = new PowerLog();
  const abandon = new AbortController();
  const read = async (): Promise<string | null> => {
    const { output, failure } = await runInShell(options.command, timeoutMs, abandon.signal);
    if (failure !== null) return failure;
    const watts = findWatts(output, options.pattern);
    if (watts === null) return `printed no power: ${JSON.stringify(output.trim().slice(0, 200))}`;
    log.add({ name: "power command", scope: "system", unit: "watts" }, monotonicNowMs(), watts);
    return null;
  };
  const failure = await read();
  if (failure !== null) return { why: `The power command ${failure}.` };
  const polling = startPolling(intervalMs, async () => void (await read()));
  return {
    follow: (follower) => log.follow(follower),
    stop: async (lastReading) => {
      if (!lastReading) abandon.abort();
      await polling.stop();
      if (lastReading) await read();
      return log.series();
    },
  };
}

/** The watts in a text; null when there are none. */
export function findWatts(output: string, pattern: string | null): number | null {
  const number = /[-+]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?/i;
  const withUnit = /([-+]?(?:\d+\.?\d*|\.\d+))\s*W(?:atts?)?\b/i;
  const match =
    pattern === null ? (withUnit.exec(output) ?? number.exec(output)) : new RegExp(pattern, "m").exec(output);
  const watts = Number(match?.[1] ?? match?.[0] ?? Number.NaN);
  return Number.isFinite(watts) && watts >= 0 ? watts : null;
}

/** Ends the command and all that it started when it takes too long. */
function runInShell(
  command: string,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<{ output: string; failure: string | null }> {
  return new Promise((resolve) => {
    const child = spawn("/bin/sh", ["-c", command], { stdio: ["ignore", "pipe", "pipe"], detached: true });
    let output = "";
    let complaint = "";
    let failure: string | null = null;
    const keep = (before: string, text: string) => (before + text).slice(0, mostOutput);
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      output = keep(output, text);
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      complaint = keep(complaint, text);
    });
    const end = (why: string) => {
      failure = why;
      endGroup(child.pid);
    };
    const impatience = setTimeout(() => end(`took longer than ${timeoutMs / 1000} s`), timeoutMs);
    const onAbort = () => end("was interrupted");
    signal.addEventListener("abort", onAbort, { once: true });
    child.once("error", (error) => {
      failure = `could not be started: ${error.message}`;
    });
    child.once("close", (code) => {
      clearTimeout(impatience);
      signal.removeEventListener("abort", onAbort);
      if (failure === null && code !== 0)
        failure = `ended with exit code ${code}: ${(complaint || output).trim().slice(0, 200)}`;
      resolve({ output, failure });
    });
  });
}

function endGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // It has ended meanwhile.
  }
}
