/** Something that is read again and again until it is told to stop. */
export interface Polling {
  /** Waits for a reading that is under way; after it there is none. */
  stop(): Promise<void>;
}

/** Milliseconds of this process's monotonic clock; every time of the telemetry is one. */
export function monotonicNowMs(): number {
  return performance.now();
}

/** A time of the wall clock on the monotonic one, both in ms, by how they stand to each other now. */
export function monotonicOf(wallMs: number): number {
  return wallMs - Date.now() + performance.now();
}

/**
 * Calls `read` every `intervalMs`, the first time after one interval; never twice at once, so that a slow source is read
 * less often. `read` must not throw.
 */
export function startPolling(intervalMs: number, read: () => Promise<void>): Polling {
  let stopped = false;
  let reading: Promise<void> = Promise.resolve();
  let timer = setTimeout(turn, intervalMs);
  function turn(): void {
    const startedMs = monotonicNowMs();
    reading = read().then(() => {
      if (stopped) return;
      timer = setTimeout(turn, Math.max(0, startedMs + intervalMs - monotonicNowMs()));
    });
  }
  return {
    stop: async () => {
      stopped = true;
      clearTimeout(timer);
      await reading;
    },
  };
}
