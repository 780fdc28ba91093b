import { featuresOf } from "./features.ts";
import { type FittedProcess, fitProcess, processDeviation, processMean } from "./gaussian-process.ts";
import { type LatencyTarget, latencyOffset, latencyTargets } from "./latency-targets.ts";
import { type OutOfRange, outOfRange } from "./measured-ranges.ts";
import { type NoveltyKind, noveltyKinds, noveltyOf, scenarioKey } from "./novelty.ts";
import { type OperatingPoint, operatingPoint, physicsLog } from "./physics.ts";
import type { PredictionCase } from "./prediction-case.ts";
import { refusalsOf } from "./refusals.ts";
import { standardized, type TrainedModel, type TrainedTarget } from "./train.ts";
import { warningsOf } from "./warnings.ts";
import { atReference, referenceDistance } from "./workload-reference.ts";

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
  const { constants, known, limitTolerance } = model;
  const point = operatingPoint(one, constants);
  const named = noveltyOf(one, known);
  const reasons = refusalsOf(one, named, point, limitTolerance);
  if (reasons.length > 0) return { state: "refused", reasons };
  const place = placeOf(one, model, tokens);
  const novelty = [...named, ...place.novelty];
  const roofline = physicsLog(one, constants);
  const basis = widestKind(tokens.trained, novelty, one);
  const perAccelerator = intervalAt(tokens, place, one, roofline, basis, place.deviation);
  const latencies: Partial<Record<LatencyTarget, Interval>> = {};
  for (const name of one.scenario === "Offline" ? [] : latencyTargets) {
    const target = latencyOf(name);
    if (target === null) continue;
    const offset = latencyOffset(name, one, constants);
    latencies[name] = intervalAt(target, place, one, offset, widestKind(target.trained, novelty, one));
  }
  return {
    state: "predicted",
    tokensPerSecond: perAccelerator.value * one.accelerators,
    low: perAccelerator.low * one.accelerators,
    high: perAccelerator.high * one.accelerators,
    perAccelerator: perAccelerator.value,
    rooflineTokensPerSecond: Math.exp(roofline + tokens.trained.bias) * one.accelerators,
    ...{ basis, novelty, point, latencies },
    warnings: warningsOf(one, {
      ...{ novelty, point, latencies, reference: place.reference, outside: place.outside },
      spread: perAccelerator.high / perAccelerator.value,
    }),
  };
}

/** Where a case stands among the results. */
interface Place {
  /** Where the middle is taken: at the lengths and limits that were measured. */
  middle: Float64Array;
  /** Where the deviation is taken: at what is asked for. */
  asked: Float64Array;
  /** Of its throughput. */
  deviation: number;
  /** The case with the lengths and limits that were measured, and how far those asked for are from them, in factors of e. */
  reference: PredictionCase;
  folds: number;
  outside: OutOfRange[];
  novelty: NoveltyKind[];
}

/** Lengths and limits this far from those that were measured are others, in factors of e. */
const workloadReach = Math.log(1.5);

function placeOf(one: PredictionCase, model: TrainedModel, { process, trained }: OpenTarget): Place {
  const reference = atReference(one, model.reference);
  const isKnown = model.known.scenarios.includes(scenarioKey(one));
  const asked = standardized(featuresOf(one, model.constants), model.standard);
  const middle = standardized(featuresOf(reference, model.constants), model.standard);
  const outside = outOfRange(one, model.ranges);
  const novelty: NoveltyKind[] = [];
  // Experience with models left out is one with other lengths too, within those that were measured.
  const beyond = outside.filter(({ name }) => name === "accelerators" || (!isKnown && name !== "parameters"));
  const unlike = isKnown ? referenceDistance(one, reference, model.constants) : 0;
  const folds = Math.hypot(unlike, ...beyond.map((quantity) => quantity.folds));
  if (unlike > workloadReach) novelty.push("new-workload");
  const { deviation, unexplained } = processDeviation(process, asked);
  if (outside.length > 0 || unexplained > trained.farShare) novelty.push("far");
  return { middle, asked, deviation, reference, folds, outside, novelty };
}

/** The kind of novelty with which intervals are widest; a far case counts as new in every way that its model can be. */
function widestKind(
  { spans }: TrainedTarget,
  novelty: readonly NoveltyKind[],
  { scenario, model }: PredictionCase,
): NoveltyKind {
  const otherModel = model.experts > 1 ? "new-model" : "new-moe";
  const kinds = novelty.includes("far")
    ? noveltyKinds.filter((kind) => kind !== "far" && kind !== otherModel)
    : novelty;
  return kinds.reduce((wide, kind) => (spans[kind][scenario] > spans[wide][scenario] ? kind : wide));
}

function intervalAt(
  { trained, process }: OpenTarget,
  { middle, asked, folds }: Place,
  { scenario }: PredictionCase,
  offset: number,
  basis: NoveltyKind,
  deviation = processDeviation(process, asked).deviation,
): Interval {
  const spread = Math.exp(trained.spans[basis][scenario] * Math.hypot(deviation, trained.drift * folds));
  const value = Math.exp(offset + trained.bias + processMean(process, middle));
  return { value, low: value / spread, high: value * spread };
}
