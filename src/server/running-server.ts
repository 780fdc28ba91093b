import type { ChildProcess } from "node:child_process";

/** A server that FlexBench started and that it must stop again. */
export interface RunningServer {
  /** Origin, e.g. `http://127.0.0.1:8000`. */
  url: string;
  /** Kind of server: `flexbench-sim`, `llama.cpp`, … */
  name: string;
  /** What the server says of itself, or null where it says nothing. */
  version: string | null;
  /** The name under which the server knows its model. */
  model: string;
  /** No model computes the tokens: results are marked `simulated`. */
  simulated: boolean;
  /** Process of the server, or null when it runs in this one. */
  pid: number | null;
  /** Resolves with one sentence when the server ends without having been asked to; never when it was stopped. */
  died: Promise<string>;
  /** Ends the server and waits until it is gone. May be called again. */
  stop(): Promise<void>;
}

/** Says once whether and how a process ended. */
export function exitOf(child: ChildProcess): Promise<{ code: number | null; signal: string | null }> {
  if (child.exitCode !== null || child.signalCode !== null) {
    return Promise.resolve({ code: child.exitCode, signal: child.signalCode });
  }
  return new Promise((resolve) => {
    child.once("exit", (code, signal) => resolve({ code, signal }));
    child.once("error", () => resolve({ code: null, signal: null }));
  });
}

/** Ends a process politely, after `graceMs` by SIGKILL, and waits until it is gone. */
export async function endProcess(child: ChildProcess, graceMs = 3000): Promise<void> {
  if (child.pid === undefined) return;
  const gone = exitOf(child);
  child.kill("SIGTERM");
  const impatience = setTimeout(() => child.kill("SIGKILL"), graceMs);
  await gone;
  clearTimeout(impatience);
}

/**
 * `died` and `stop` of a server that is a child process. `lastWords` gives what the process said last, for the
 * sentence of an unexpected end.
 */
export function supervise(
  child: ChildProcess,
  name: string,
  lastWords: () => string | null = () => null,
): Pick<RunningServer, "died" | "stop"> {
  let stopping: Promise<void> | null = null;
  const died = new Promise<string>((resolve) => {
    void exitOf(child).then(({ code, signal }) => {
      if (stopping !== null) return;
      const how = signal === null ? `with exit code ${code}` : `by ${signal}`;
      const words = lastWords();
      resolve(`The server ${name} ended ${how}${words === null ? "" : `: ${words}`}.`);
    });
  });
  const stop = () => {
    stopping ??= endProcess(child);
    return stopping;
  };
  return { died, stop };
}
