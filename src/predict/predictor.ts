import { featuresOf } from "./features.ts";
import { type FittedProcess, fitProcess, predictProcess } from "./gaussian-process.ts";
import { type LatencyTarget, latencyOffset, latencyTargets } from "./latency-targets.ts";
import { type NoveltyKind, noveltyOf } from "./novelty.ts";
import { type OperatingPoint, operatingPoint, physicsLog, weightBytesOf } from "./physics.ts";
import type { PredictionCase } from "./prediction-case.ts";
import { standardized, type TrainedModel, type TrainedTarget } from "./train.ts";

/** A middle and the ends of its 80 % interval. */
export interface Interval {
  value: number;
  low: number;
  high: number;
}

/** Throughput of a case, or why there is none to tell. */
export type Prediction =
  | {
      state: "predicted";
      /** Output tokens a second of the whole system: the middle and the ends of the 80 % interval. */
      tokensPerSecond: number;
      low: number;
      high: number;
      perAccelerator: number;
      /** What the calibrated roofline alone gives, whole system. */
      rooflineTokensPerSecond: number;
      /** Which experience the width of the interval rests on. */
      basis: NoveltyKind;
      novelty: NoveltyKind[];
      /** Sentences that say why to read it with care. */
      warnings: string[];
      point: OperatingPoint | null;
      /** Latencies that such a system showed under the limits of its scenario; none in Offline. */
      latencies: Partial<Record<LatencyTarget, Interval>>;
    }
  | { state: "refused"; reasons: string[] };

/** Predicts cases from a trained model. */
export interface Predictor {
  predict(one: PredictionCase): Prediction;
}

interface OpenTarget {
  trained: TrainedTarget;
  process: FittedProcess;
}

/** Makes ready to predict: takes about a second for a thousand training cases. */
export function openPredictor(model: TrainedModel): Predictor {
  const inputs = model.features.map((values) => standardized(values, model.standard));
  const open = (trained: TrainedTarget): OpenTarget => {
    const told = trained.rows.map((index) => inputs[index] as Float64Array);
    return { trained, process: fitProcess(told, trained.residuals, trained.trust, model.settings) };
  };
  const tokens = open(model.tokens);
  const latencies = new Map<LatencyTarget, OpenTarget>();
  const latencyOf = (name: LatencyTarget): OpenTarget | null => {
    const trained = model.latencies[name];
    if (trained === undefined) return null;
    const opened = latencies.get(name) ?? open(trained);
    latencies.set(name, opened);
    return opened;
  };
  return { predict: (one) => predictCase(one, model, tokens, latencyOf) };
}

function predictCase(
  one: PredictionCase,
  model: TrainedModel,
  tokens: OpenTarget,
  latencyOf: (name: LatencyTarget) => OpenTarget | null,
): Prediction {
  const novelty = noveltyOf(one, model.known);
  const point = operatingPoint(one, model.constants);
  const reasons = refusalsOf(one, novelty, point);
  if (reasons.length > 0) return { state: "refused", reasons };
  const at = standardized(featuresOf(one, model.constants), model.standard);
  const roofline = physicsLog(one, model.constants);
  const basis = widest(tokens.trained, novelty);
  const perAccelerator = intervalAt(tokens, at, roofline, basis);
  const latencies: Partial<Record<LatencyTarget, Interval>> = {};
  for (const name of one.scenario === "Offline" ? [] : latencyTargets) {
    const target = latencyOf(name);
    if (target !== null)
      latencies[name] = intervalAt(
        target,
        at,
        latencyOffset(name, one, model.constants),
        widest(target.trained, novelty),
      );
  }
  return {
    state: "predicted",
    tokensPerSecond: perAccelerator.value * one.accelerators,
    low: perAccelerator.low * one.accelerators,
    high: perAccelerator.high * one.accelerators,
    perAccelerator: perAccelerator.value,
    rooflineTokensPerSecond: Math.exp(roofline + tokens.trained.bias) * one.accelerators,
    ...{ basis, novelty, point, latencies },
    warnings: warningsOf(one, novelty, perAccelerator.high / perAccelerator.value),
  };
}

/** The kind of novelty with which intervals are widest. */
function widest({ spans }: TrainedTarget, novelty: readonly NoveltyKind[]): NoveltyKind {
  return novelty.reduce((wide, kind) => (spans[kind] > spans[wide] ? kind : wide));
}

function intervalAt(
  { trained, process }: OpenTarget,
  at: Float64Array,
  offset: number,
  basis: NoveltyKind,
): Interval {
  const { mean, deviation } = predictProcess(process, at);
  const spread = Math.exp(trained.spans[basis] * deviation);
  const value = Math.exp(offset + trained.bias + mean);
  return { value, low: value / spread, high: value * spread };
}

function refusalsOf(
  one: PredictionCase,
  novelty: readonly NoveltyKind[],
  point: OperatingPoint | null,
): string[] {
  const reasons: string[] = [];
  if (novelty.includes("new-family") && novelty.includes("new-model"))
    reasons.push("Neither this model nor any chip of this family was measured: there is nothing to go by.");
  const memory = one.chip.memoryGb * one.accelerators;
  if (point === null && weightBytesOf(one) / 1e9 > memory * 0.92)
    reasons.push(
      `The weights take ${Math.round(weightBytesOf(one) / 1e9)} GB and the accelerators hold ${Math.round(memory)} GB, of which weights and cache can fill 92 %: ${Math.round(memory * 0.92)} GB.`,
    );
  return reasons;
}

const noveltySentences: Readonly<Record<NoveltyKind, string | null>> = {
  known: null,
  "new-pair": "This chip and this model were measured, but never together.",
  "new-chip": "No result of this chip was measured; others of its family were.",
  "new-family": "No chip of this family was measured: this extrapolates.",
  "new-model": "This model was never measured: this extrapolates.",
  "new-time": "The time is later than all results: software may have become faster.",
};
const wideSpread = 1.5;

function warningsOf(one: PredictionCase, novelty: readonly NoveltyKind[], spread: number): string[] {
  const warnings = novelty.flatMap((kind) => noveltySentences[kind] ?? []);
  if (spread > wideSpread) warnings.push("The interval is wide: few results are like this one.");
  if (one.framework === null) warnings.push("The serving engine is not told; engines differ.");
  return warnings;
}
