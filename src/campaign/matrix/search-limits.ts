import type { CellResult } from "./results.ts";
import type { SearchLimits, SearchSettings } from "./search-settings.ts";

/** Whether a result is VALID and within the limits of the search. */
export function keeps(result: CellResult, limits: SearchLimits): boolean {
  return result.valid === result.runs && excessOf(result, limits) === 1;
}

/**
 * How far a result is beyond the limit that it misses most, as a factor: 1 within all limits, infinite where a limit was
 * not measured. Those of the search count, and the share of requests that the run's own limits ask for.
 */
export function excessOf({ figures, valid, runs }: CellResult, limits: SearchLimits): number {
  // LoadGen judges each limit for itself; where it says VALID, that is what counts.
  const isJudged = valid === runs || figures.goodputShare === null;
  const factors = [
    beyond(figures.ttftP99Ns, limits.ttftP99Ns),
    beyond(figures.tpotP99Ns, limits.tpotP99Ns),
    beyond(figures.latencyP99Ns, limits.latencyP99Ns),
    below(figures.tokensPerSecond, limits.tokensPerSecond),
    isJudged ? 1 : below(figures.goodputShare, figures.goodputNeeded),
  ];
  return Math.max(1, ...factors);
}

/** What the search wants much of. */
export function scoreOf({ figures }: CellResult, objective: SearchSettings["objective"]): number {
  return objective === "cheapest"
    ? -(figures.costPerMillionTokens ?? Number.POSITIVE_INFINITY)
    : (figures.tokensPerSecond ?? 0);
}

function beyond(value: number | null, limit: number | null): number {
  if (limit === null) return 1;
  return value === null ? Number.POSITIVE_INFINITY : value / limit;
}

function below(value: number | null, limit: number | null): number {
  if (limit === null) return 1;
  return value === null || value === 0 ? Number.POSITIVE_INFINITY : limit / value;
}
