import type { Explanation } from "../loadgen/explain-verdict.ts";
import type { RunEvent } from "../run-events.ts";

/** An overloaded server still answers this share of the requests; one that answers fewer is broken. */
export const leastAnswered = 0.1;

const certainlyInvalid: Explanation = {
  reason: "More requests were over their limit than LoadGen can let pass, so the run was ended early.",
  remedy: null,
};

const certainlyFailed: Explanation = {
  reason:
    "More requests failed than --max-error-rate allows among all that were planned, so the run was ended early.",
  remedy: null,
};

/**
 * Why a run cannot become VALID any more, whatever follows; null while it can. A run whose requests fail is let go on
 * until it is also certain that the server answers some: one that is broken must not pass for one that is overloaded.
 */
export function whyNotValid(event: RunEvent, maxErrorRate: number): Explanation | null {
  if (event.kind !== "snapshot") return null;
  const { overLatency, mostQueries, failed, completed } = event.snapshot;
  // Below 0 the test is too short to become VALID, and it is not the server's doing.
  if (overLatency !== undefined && overLatency.allowed >= 0 && overLatency.count > overLatency.allowed)
    return certainlyInvalid;
  if (mostQueries === undefined) return null;
  const isFailed = failed > maxErrorRate * mostQueries;
  return isFailed && completed >= leastAnswered * mostQueries ? certainlyFailed : null;
}
