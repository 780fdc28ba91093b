/** How near a running Server test is to a certain INVALID. */
export interface OverLatency {
  /** Requests over the TTFT limit or over the TPOT limit, whichever are more. */
  count: number;
  /** More than these and LoadGen's verdict is INVALID, whatever follows. */
  allowed: number;
}

/** How far a running test is; sent a few times a second. Counters are totals since the start. */
export interface Snapshot {
  elapsedNs: number;
  issued: number;
  completed: number;
  failed: number;
  /** Output tokens of completed requests plus token events of running ones. */
  outputTokens: number;
  /** Over the latest requests; null before the first one. */
  recentTtftNs: { p50: number; p99: number } | null;
  /** The most queries that LoadGen can be expected to issue; absent where it is not known. */
  mostQueries?: number;
  /** Absent where LoadGen judges by no limits. */
  overLatency?: OverLatency;
}

/** What the client process measured about itself over the test. */
export interface ClientHealth {
  /** User plus system CPU time of the child process, s. */
  cpuSeconds: number;
  /** Peak resident set of the child process, bytes. */
  rssBytes: number;
  workers: number;
  /** Largest event-loop delay percentiles over the workers, ns. */
  eventLoopDelayNs: { p50: number; p99: number; max: number };
  /** Share of the test's wall time that the busiest worker's event loop was not idle, 0..1. */
  busiestWorkerUtilization: number;
  /** Requests that had to wait for a free connection. */
  connectionWaits: number;
}

/** Counts of gaps between token events: bucket `i` holds gaps g with floor(16·log2(g ns)) = i. */
export type GapHistogram = Float64Array;

/** Buckets of a gap histogram: up to 2^64 ns. */
export const gapBuckets = 1024;

/** The bucket of a gap; gaps below 1 ns, of events read together, fall into bucket 0. */
export function gapBucket(gapNs: number): number {
  return gapNs < 1 ? 0 : Math.min(gapBuckets - 1, Math.floor(16 * Math.log2(gapNs)));
}
