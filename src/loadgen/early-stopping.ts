/** LoadGen's early stopping is this sure that the percentile holds. */
const confidence = 0.99;

/**
 * Over-latency queries that LoadGen's early stopping lets pass among `queries`: the most for which a server that
 * misses the limit in exactly 1 − `fraction` of all cases would show so few in one of 100 tests at most.
 * -1 when `queries` are too few for any verdict but INVALID. `fraction` is 0 < fraction < 1.
 */
export function allowedOverLatency(queries: number, fraction: number): number {
  if (queries < 1) return -1;
  const missShare = 1 - fraction;
  let logTerm = queries * Math.log(fraction);
  let probability = 0;
  for (let over = 0; over < queries; over++) {
    probability += Math.exp(logTerm);
    if (probability >= 1 - confidence) return over - 1;
    logTerm += Math.log(((queries - over) / (over + 1)) * (missShare / fraction));
  }
  return queries;
}

/** Fewest queries of which LoadGen's early stopping lets `over` miss the limit. */
export function queriesNeeded(over: number, fraction: number): number {
  let enough = Math.ceil((over + 1) / (1 - fraction));
  while (allowedOverLatency(enough, fraction) < over) enough *= 2;
  let tooFew = 0;
  while (enough - tooFew > 1) {
    const middle = Math.floor((tooFew + enough) / 2);
    if (allowedOverLatency(middle, fraction) >= over) enough = middle;
    else tooFew = middle;
  }
  return enough;
}

/**
 * The most queries that LoadGen can be expected to issue: its Server schedule goes on until both minima are reached,
 * and the number of Poisson arrivals in the least duration lies within five deviations of its mean.
 */
export function mostQueries(minQueries: number, minDurationMs: number, targetQps: number): number {
  const expected = (targetQps * minDurationMs) / 1000;
  return Math.max(minQueries, Math.ceil(expected + 5 * Math.sqrt(expected) + 10));
}
