import type { Chip, ModelShape } from "../openmlperf/features/spec-tables.ts";
import { bytesOfType, peakOf } from "../openmlperf/features/weights-on-chip.ts";

/** Scenarios whose throughput can be predicted. */
export const predictedScenarios = ["Offline", "Server", "Interactive"] as const;
export type PredictedScenario = (typeof predictedScenarios)[number];

/** The chip of a case, with what the roofline needs of it. */
export interface CaseChip extends Chip {
  name: string;
  family: string;
  vendor: string;
  /** Memory of one accelerator; for processors that of a socket's share of the host. */
  memoryGb: number;
  memory_bandwidth_tbps: number;
  peak_bf16_tflops: number;
  isCpu: boolean;
}

/** The model of a case. */
export interface CaseModel extends Omit<ModelShape, "source" | "confidence"> {
  parameters: number;
  activeParameters: number;
}

/** One system that serves one model: all that a prediction takes into account. */
export interface PredictionCase {
  chip: CaseChip;
  model: CaseModel;
  /** Effective type of the weights: fp4, fp8, int8, int4, fp16, bf16 or fp32. */
  dataType: string;
  scenario: PredictedScenario;
  promptTokens: number;
  outputTokens: number;
  /** Beams of beam search; 1 without it. */
  beams: number;
  /** Limit of TPOT at the 99th percentile; null without one. */
  tpotLimitMs: number | null;
  /** Limit of TTFT at the 99th percentile; null without one. */
  ttftLimitMs: number | null;
  accelerators: number;
  nodes: number;
  /** Serving engine by its canonical name; null when unknown. */
  framework: string | null;
  division: "closed" | "open";
  /** Time of the result as a year with fraction: software gets faster. */
  time: number;
}

/** Peak at which weights of a type are multiplied on a chip; fp32 runs at half of bf16. */
export function peakTflopsOf(chip: CaseChip, dataType: string): number {
  const bf16 = chip.peak_bf16_tflops;
  return dataType === "fp32" ? bf16 / 2 : (peakOf(chip, dataType) ?? bf16);
}

/** Data types that a case may have. */
export const caseDataTypes = Object.keys(bytesOfType);

/** Bytes of one weight. */
export function bytesPerWeight(dataType: string): number {
  return bytesOfType[dataType] ?? 2;
}
