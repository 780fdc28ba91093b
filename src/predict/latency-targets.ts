import { operatingPoint } from "./physics.ts";
import type { PhysicsConstants } from "./physics-constants.ts";
import type { PredictionCase } from "./prediction-case.ts";

/** Latencies that are predicted, all in ns: percentiles of time to first token and of time per output token. */
export const latencyTargets = ["ttftP50Ns", "ttftP99Ns", "tpotP50Ns", "tpotP99Ns"] as const;
export type LatencyTarget = (typeof latencyTargets)[number];

/** What each is called. */
export const latencyTitles: Readonly<Record<LatencyTarget, string>> = {
  ttftP50Ns: "TTFT p50",
  ttftP99Ns: "TTFT p99",
  tpotP50Ns: "TPOT p50",
  tpotP99Ns: "TPOT p99",
};

const usualTtftLimitMs = 2000;

/**
 * Log of what a latency is expected to be before any result was seen: the step of the operating point for TPOT, and the
 * limit for TTFT, since runs are tuned to stay just within it.
 */
export function latencyOffset(
  target: LatencyTarget,
  one: PredictionCase,
  constants: PhysicsConstants,
): number {
  if (target.startsWith("ttft")) return Math.log((one.ttftLimitMs ?? usualTtftLimitMs) * 1e6);
  const point = operatingPoint(one, constants);
  return Math.log((point?.stepSeconds ?? 0.1) * 1e9);
}
