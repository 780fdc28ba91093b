import { exitCodes } from "../errors.ts";
import type { RunHost } from "./execute-run.ts";

const stopSignals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** The process is over so long after the first signal, whatever its runs still wait for. */
const mostStoppingMs = 1900;

/**
 * Gives `work` a signal that the first Ctrl-C aborts; a second one, or two seconds, end the process.
 * `onStop` is called at the first one.
 */
export async function untilStopped<Value>(
  host: Pick<RunHost, "signals" | "exit">,
  onStop: () => void,
  work: (signal: AbortSignal) => Promise<Value>,
): Promise<Value> {
  const stop = new AbortController();
  const quit = () => host.exit(exitCodes.interrupted);
  const onSignal = () => {
    if (stop.signal.aborted) return quit();
    onStop();
    setTimeout(quit, mostStoppingMs).unref();
    stop.abort();
  };
  for (const signal of stopSignals) host.signals.on(signal, onSignal);
  try {
    return await work(stop.signal);
  } finally {
    for (const signal of stopSignals) host.signals.off(signal, onSignal);
  }
}
