/**
 * How the simulator slows down under load. With `r` requests running at once, each gets
 *
 *     TTFT(r) = ttft · (1 + ttftGrowth · (r − 1))      ITL(r) = itl · (1 + itlGrowth · (r − 1))
 *
 * `r` counts the request itself; TTFT takes it when the request is admitted, each ITL when the token before is
 * sent. At most `maxConcurrency` requests run; others wait in the order of arrival, and their wait is part of the
 * time to first token that a client sees. A request of n tokens therefore takes
 *
 *     S(r) = TTFT(r) + (n − 1) · ITL(r)
 *
 * and a constant load of r requests is served at X(r) = r / S(r) requests a second. X grows with r, so the server
 * saturates at X(maxConcurrency): above it the queue grows without end, below it the queue is stable.
 */
export interface LoadCurve {
  /** Means of the unloaded server, ms. */
  ttftMs: number;
  itlMs: number;
  /** Requests that run at once. */
  maxConcurrency: number;
  /** Growth of TTFT and ITL for each further running request, as a share. */
  ttftGrowth: number;
  itlGrowth: number;
}

/** TTFT(r): time from admission to the first token with `running` requests, ms. */
export function loadedTtftMs(curve: Pick<LoadCurve, "ttftMs" | "ttftGrowth">, running: number): number {
  return curve.ttftMs * (1 + curve.ttftGrowth * (running - 1));
}

/** ITL(r): time between tokens with `running` requests, ms. */
export function loadedItlMs(curve: Pick<LoadCurve, "itlMs" | "itlGrowth">, running: number): number {
  return curve.itlMs * (1 + curve.itlGrowth * (running - 1));
}

/** S(r): time from admission to the last token, ms. */
export function serviceMs(curve: LoadCurve, running: number, outputTokens: number): number {
  return loadedTtftMs(curve, running) + (outputTokens - 1) * loadedItlMs(curve, running);
}

/** X(r): requests a second that keep `running` requests running. */
export function qpsAtRunning(curve: LoadCurve, running: number, outputTokens: number): number {
  return (1000 * running) / serviceMs(curve, running, outputTokens);
}

/** X(maxConcurrency): the rate at which the queue begins to grow without end, requests a second. */
export function saturationQps(curve: LoadCurve, outputTokens: number): number {
  return qpsAtRunning(curve, curve.maxConcurrency, outputTokens);
}

/**
 * The rate at which the mean ITL reaches `limitMs`, requests a second: X(r) for the r with ITL(r) = limit, or the
 * saturation rate when the slots end first, or 0 when even a single request is slower than the limit.
 */
export function qpsAtItlLimit(curve: LoadCurve, limitMs: number, outputTokens: number): number {
  if (curve.itlMs > limitMs) return 0;
  const running = curve.itlGrowth === 0 ? Infinity : 1 + (limitMs / curve.itlMs - 1) / curve.itlGrowth;
  return qpsAtRunning(curve, Math.min(running, curve.maxConcurrency), outputTokens);
}
