import type { LatencyTarget } from "./latency-targets.ts";
import type { PredictionCase } from "./prediction-case.ts";

/** A measured result to learn from. */
export interface TrainingCase {
  /** Round that it was published in; null for a run of somebody. */
  round: string | null;
  of: PredictionCase;
  /** Output tokens a second of one accelerator. */
  tokensPerSecondPerAccelerator: number;
  /** Latencies of its log, where there is one. */
  latencies: Partial<Record<LatencyTarget, number>>;
  /** How far it is believed, 0 to 1. */
  trust: number;
  /** Name of the system that it was measured on. */
  system: string;
}
