import { UsageError } from "../errors.ts";
import { type featureGroups, featureNames, featuresOf } from "./features.ts";
import { fitPhysics, type MeasuredCase } from "./fit-physics.ts";
import { fitProcess, leaveGroupsOut, type ProcessSettings, predictProcess } from "./gaussian-process.ts";
import { type LatencyTarget, latencyOffset, latencyTargets } from "./latency-targets.ts";
import { knownThings, type NoveltyKind, pairKey } from "./novelty.ts";
import { type PhysicsConstants, physicsLog } from "./physics.ts";
import { inverseOf } from "./positive-definite.ts";
import type { PredictionCase } from "./prediction-case.ts";

/** A measured result to learn from. */
export interface TrainingCase {
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

/** What a process learned of one quantity. */
export interface TrainedTarget {
  /** Indices of the training cases that tell it. */
  rows: number[];
  /** Mean log residual of the physics. */
  bias: number;
  /** Log residual of each row, without the bias. */
  residuals: number[];
  trust: number[];
  /** How many deviations an 80 % interval spans, by novelty. */
  spans: Record<NoveltyKind, number>;
}

/** What a training leaves: plain data from which predictions follow. */
export interface TrainedModel {
  constants: PhysicsConstants;
  /** Of each feature: what is taken off, and what it is multiplied by. */
  standard: { center: number[]; scale: number[] };
  settings: ProcessSettings;
  /** Features of each training case, as they are. */
  features: number[][];
  known: ReturnType<typeof knownThings>;
  /** Output tokens a second of one accelerator. */
  tokens: TrainedTarget;
  /** Latencies under the limits of Server and Interactive; those that too few results tell are missing. */
  latencies: Partial<Record<LatencyTarget, TrainedTarget>>;
}

/** How much each kind of feature sets cases apart: a difference of one deviation is this far. */
const relevance: Readonly<Record<(typeof featureGroups)[number], number>> = {
  ...{ chip: 0.2, vendor: 0.15, model: 0.15, type: 0.15, scenario: 0.2 },
  ...{ lengths: 0.12, roofline: 0.2, framework: 0.2, time: 0.15, size: 0.1 },
};
const settings: ProcessSettings = { near: 0.06, far: 0.06, linear: 0.005, noise: 0.004 };
/** A result whose system's neighbours miss it by more than this (in logs) is believed less. */
const doubtfulResidual = 0.3;
/** A feature that varies less is the same everywhere but for rounding. */
const leastVariance = 1e-9;
/** A quantity that fewer results tell is not learned. */
const leastRows = 60;
/** Share of results that an interval is to hold. */
export const intervalShare = 0.8;

/** Learns from results: physics first, then Gaussian processes on what it leaves, then how wide intervals must be. */
export function trainModel(cases: readonly TrainingCase[]): TrainedModel {
  const constants = fitPhysics(withWeights(cases));
  const features = cases.map(({ of }) => [...featuresOf(of, constants)].map(rounded));
  const standard = standardOf(features);
  const inputs = features.map((values) => standardized(values, standard));
  const target = (logResidualOf: (one: TrainingCase) => number | null): TrainedTarget | null =>
    trainTarget(cases, inputs, logResidualOf);
  const tokens = target(
    ({ of, tokensPerSecondPerAccelerator }) =>
      Math.log(tokensPerSecondPerAccelerator) - physicsLog(of, constants),
  );
  if (tokens === null)
    throw new UsageError("PREDICT_TOO_FEW_RESULTS", [
      {
        where: "dataset",
        message: `holds ${cases.length} results that teach something; ${leastRows} are needed`,
      },
    ]);
  const latencies: TrainedModel["latencies"] = {};
  for (const name of latencyTargets) {
    const trained = target(({ of, latencies: { [name]: ns } }) =>
      ns === undefined ? null : Math.log(ns) - latencyOffset(name, of, constants),
    );
    if (trained !== null) latencies[name] = trained;
  }
  const known = knownThings(cases.map(({ of }) => of));
  return { constants, standard, settings, features, known, tokens, latencies };
}

function trainTarget(
  all: readonly TrainingCase[],
  allInputs: readonly Float64Array[],
  logResidualOf: (one: TrainingCase) => number | null,
): TrainedTarget | null {
  const values = all.map(logResidualOf);
  const rows = [...all.keys()].filter((index) => values[index] !== null);
  if (rows.length < leastRows) return null;
  const cases = rows.map((index) => all[index] as TrainingCase);
  const inputs = rows.map((index) => allInputs[index] as Float64Array);
  const raw = rows.map((index) => values[index] as number);
  const bias = mean(raw);
  const residuals = raw.map((value) => rounded(value - bias));
  const first = fitProcess(
    inputs,
    residuals,
    cases.map(({ trust }) => trust),
    settings,
  );
  const systems = cases.map(({ system }) => system);
  const trust = leaveGroupsOut(first, inverseOf(first.factor), systems).map(({ residual }, index) =>
    rounded((cases[index]?.trust ?? 1) * Math.min(1, doubtfulResidual / Math.abs(residual))),
  );
  return { rows, bias, residuals, trust, spans: spansOf(cases, inputs, residuals, trust) };
}

/** Six digits are enough, and keep the file small. */
const rounded = (value: number): number => Number(value.toPrecision(6));

/** Many rows of one kind are no independent results. */
function withWeights(cases: readonly TrainingCase[]): MeasuredCase[] {
  const kindOf = ({ of }: TrainingCase): string => `${pairKey(of)}|${of.scenario}|${of.dataType}`;
  const counts = new Map<string, number>();
  for (const one of cases) counts.set(kindOf(one), (counts.get(kindOf(one)) ?? 0) + 1);
  return cases.map((one) => ({
    of: one.of,
    logTokens: Math.log(one.tokensPerSecondPerAccelerator),
    weight: one.trust / Math.sqrt(counts.get(kindOf(one)) ?? 1),
  }));
}

function standardOf(features: readonly (readonly number[])[]): TrainedModel["standard"] {
  const center = featureNames.map((_, index) => mean(features.map((values) => values[index] ?? 0)));
  const scale = featureNames.map(({ group }, index) => {
    const middle = center[index] ?? 0;
    const variance = mean(features.map((values) => ((values[index] ?? 0) - middle) ** 2));
    return variance < leastVariance ? 0 : relevance[group] / Math.sqrt(variance);
  });
  return { center, scale };
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);

/** A vector of features as the process takes it. */
export function standardized(
  values: ArrayLike<number>,
  { center, scale }: TrainedModel["standard"],
): Float64Array {
  return Float64Array.from(center, (middle, index) => ((values[index] ?? 0) - middle) * (scale[index] ?? 0));
}

/**
 * Conformal intervals (Vovk; normalised by the process's own deviation): how many deviations hold 80 % of the results that
 * were left out together with all that is like them in the way that a kind of novelty says.
 */
function spansOf(
  cases: readonly TrainingCase[],
  inputs: readonly Float64Array[],
  residuals: readonly number[],
  trust: readonly number[],
): TrainedTarget["spans"] {
  const process = fitProcess(inputs, residuals, trust, settings);
  const inverse = inverseOf(process.factor);
  const leftOut = (groupOf: (one: TrainingCase) => string): number =>
    quantile(
      leaveGroupsOut(process, inverse, cases.map(groupOf)).map(
        ({ residual, deviation }, index) =>
          // Of a result of less trust the deviation holds its own scatter; a prediction is for one of full trust.
          Math.abs(residual) /
          Math.sqrt(
            Math.max(
              deviation ** 2 - settings.noise / (trust[index] ?? 1) + settings.noise,
              settings.noise / 4,
            ),
          ),
      ),
      intervalShare,
    );
  const pair = leftOut(({ of }) => pairKey(of));
  return {
    known: leftOut(({ system }) => system),
    "new-pair": pair,
    "new-chip": Math.max(
      pair,
      leftOut(({ of }) => of.chip.name),
    ),
    "new-family": Math.max(
      pair,
      leftOut(({ of }) => of.chip.family),
    ),
    "new-model": Math.max(
      pair,
      leftOut(({ of }) => of.model.name),
    ),
    "new-time": Math.max(pair, laterRounds(cases, inputs, residuals, trust)),
  };
}

/** Each round predicted from those before it; `usualLaterSpan` where no round has enough before it. */
function laterRounds(
  cases: readonly TrainingCase[],
  inputs: readonly Float64Array[],
  residuals: readonly number[],
  trust: readonly number[],
): number {
  const times = [...new Set(cases.map(({ of }) => of.time))].toSorted((one, other) => one - other);
  const scores: number[] = [];
  for (const time of times) {
    const before = [...cases.keys()].filter((index) => (cases[index]?.of.time ?? time) < time);
    if (before.length < leastRoundRows) continue;
    const pick = <Value>(values: readonly Value[]): Value[] => before.map((index) => values[index] as Value);
    const process = fitProcess(pick(inputs), pick(residuals), pick(trust), settings);
    for (const [index, { of }] of cases.entries()) {
      if (of.time !== time) continue;
      const { mean: middle, deviation } = predictProcess(process, inputs[index] as Float64Array);
      scores.push(Math.abs((residuals[index] ?? 0) - middle) / deviation);
    }
  }
  return scores.length === 0 ? usualLaterSpan : quantile(scores, intervalShare);
}

/** What rounds v5.0 to v6.0 showed, each predicted from those before it. */
const usualLaterSpan = 1.6;
/** A round is predicted from those before it only when they hold this many results. */
const leastRoundRows = 150;

/** The value below which a share of values lies, with conformal prediction's one result more. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.ceil((sorted.length + 1) * share) - 1)] ?? 0;
}
