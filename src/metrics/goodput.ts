import type { LatencyLimits } from "../model/define-model.ts";
import type { Timeline } from "../sut/timeline.ts";
import { elapsed, goodRequests, timePerOutputToken } from "./requests.ts";

/** Requests within both latency limits. */
export interface Goodput {
  /** Share of all requests that were issued, the failed ones included; 0..1. */
  share: number;
  /** Their part of the run's samples a second. */
  samplesPerSecond: number;
}

/**
 * Share and rate of the requests whose TTFT (from LoadGen's schedule) and TPOT are both within `limits`. An answer of
 * one token has no TPOT and is judged by its TTFT. Null when nothing was issued or the rate is not known.
 */
export function goodputOf(
  timeline: Timeline,
  limits: LatencyLimits,
  samplesPerSecond: number | null,
): Goodput | null {
  const good = goodRequests(timeline);
  if (good.length === 0 || samplesPerSecond === null) return null;
  const ttft = elapsed(timeline, good, "scheduledNs", "firstTokenNs");
  const tpot = timePerOutputToken(timeline, good);
  const within = ttft.filter(
    (ttftNs, request) => ttftNs <= limits.ttftNs && !((tpot[request] ?? Number.NaN) > limits.tpotNs),
  ).length;
  return {
    share: within / timeline.length,
    samplesPerSecond: (within / good.length) * samplesPerSecond,
  };
}
