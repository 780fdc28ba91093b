import type { Readable } from "node:stream";

/** How a process ends with the one that watches it. */
export interface ControllerWatch {
  /** Ends when the controller ends, however it ends. */
  input: Readable;
  /** Longest time between that and the end of this process, ms. */
  mostEndingMs: number;
  /** Ends this process at once, whatever it still waits for. */
  end: () => void;
}

/**
 * A signal that is aborted when the input ends. Work that does not heed it, or a shutdown that hangs, holds the process
 * for no longer than `mostEndingMs` after that.
 */
export function untilControllerEnds({ input, mostEndingMs, end }: ControllerWatch): AbortSignal {
  const stop = new AbortController();
  const onEnd = () => {
    if (stop.signal.aborted) return;
    setTimeout(end, mostEndingMs).unref();
    stop.abort();
  };
  input.once("end", onEnd).once("close", onEnd).resume();
  return stop.signal;
}
