import { UsageError } from "../errors.ts";
import { experienceOf, type Spans } from "./experience.ts";
import { type featureGroups, featureNames, featuresOf } from "./features.ts";
import { fitPhysics, type MeasuredCase } from "./fit-physics.ts";
import { fitProcess, leaveGroupsOut, type ProcessSettings } from "./gaussian-process.ts";
import { type LatencyTarget, latencyOffset, latencyTargets } from "./latency-targets.ts";
import { driftOf, limitTolerance, type MeasuredRanges, measuredRanges } from "./measured-ranges.ts";
import { type KnownThings, knownThings, pairKey } from "./novelty.ts";
import { physicsLog } from "./physics.ts";
import type { PhysicsConstants } from "./physics-constants.ts";
import { inverseOf } from "./positive-definite.ts";
import type { TrainingCase } from "./training-case.ts";
import { type WorkloadReference, workloadReference } from "./workload-reference.ts";

/** What a process learned of one quantity. */
export interface TrainedTarget {
  /** Indices of the training cases that tell it. */
  rows: number[];
  /** Mean log residual of the physics. */
  bias: number;
  /** Log residual of each row, without the bias. */
  residuals: number[];
  trust: number[];
  /** How many deviations an 80 % interval spans. */
  spans: Spans;
  /** Deviation for each factor of e by which lengths and limits differ from those of the reference. */
  drift: number;
  /** A case of which the process explains less than this share of the variance, from 1 down, is far from all results. */
  farShare: number;
}

/** What a training leaves: plain data from which predictions follow. */
export interface TrainedModel {
  constants: PhysicsConstants;
  /** Of each feature: what is taken off, and what it is multiplied by. */
  standard: { center: number[]; scale: number[] };
  settings: ProcessSettings;
  /** Features of each training case, as they are. */
  features: number[][];
  known: KnownThings;
  /** Lengths and limits that were measured. */
  reference: WorkloadReference;
  ranges: MeasuredRanges;
  /** How many times beyond a limit the physics may put one request by itself before a limit is out of reach. */
  limitTolerance: number;
  /** Output tokens a second of one accelerator. */
  tokens: TrainedTarget;
  /** Latencies under the limits of Server and Interactive; those that too few results tell are missing. */
  latencies: Partial<Record<LatencyTarget, TrainedTarget>>;
}

/** How much each kind of feature sets cases apart: a difference of one deviation is this far. */
const relevance: Readonly<Record<(typeof featureGroups)[number], number>> = {
  ...{ chip: 0.2, vendor: 0.15, model: 0.15, type: 0.15, scenario: 0.2 },
  ...{ lengths: 0.12, roofline: 0.2, framework: 0.2, time: 0.15 },
};
const settings: ProcessSettings = { near: 0.06, far: 0.06, linear: 0.005, noise: 0.004 };
/** A result whose system's neighbours miss it by more than this (in logs) is believed less. */
const doubtfulResidual = 0.3;
/** A feature that varies less is the same everywhere but for rounding. */
const leastVariance = 1e-9;
/** A quantity that fewer results tell is not learned. */
export const leastRows = 60;

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
  const asked = cases.map(({ of }) => of);
  return {
    ...{ constants, standard, settings, features, tokens, latencies },
    ...{ known: knownThings(asked), reference: workloadReference(asked), ranges: measuredRanges(asked) },
    limitTolerance: limitTolerance(cases, constants),
  };
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
  return {
    ...{ rows, bias, residuals, trust, ...experienceOf({ cases, inputs, residuals, trust, settings }) },
    drift: driftOf(cases, residuals),
  };
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
