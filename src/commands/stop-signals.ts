/** Ctrl-C, a polite end, and a terminal that was closed. */
const stopSignals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
type StopSignal = (typeof stopSignals)[number];

/** Who tells of stop signals: the process. */
export interface StopSignals {
  on(signal: StopSignal, listener: () => void): unknown;
  off(signal: StopSignal, listener: () => void): unknown;
}

/** The process is over two seconds after the first signal, whatever its work still waits for. */
const mostStoppingMs = 1600;

/**
 * Gives `work` a signal that the first stop signal aborts, after `onStop`. A second one, or two seconds, `quit`, which
 * ends the process at once.
 */
export async function untilStopped<Value>(
  { signals, onStop, quit }: { signals: StopSignals; onStop: () => void; quit: () => void },
  work: (signal: AbortSignal) => Promise<Value>,
): Promise<Value> {
  const stop = new AbortController();
  const onSignal = () => {
    if (stop.signal.aborted) return quit();
    onStop();
    // Outlives the work: neither a server that never answers nor a socket that stays open holds the process.
    setTimeout(quit, mostStoppingMs).unref();
    stop.abort();
  };
  for (const signal of stopSignals) signals.on(signal, onSignal);
  try {
    return await work(stop.signal);
  } finally {
    for (const signal of stopSignals) signals.off(signal, onSignal);
  }
}
