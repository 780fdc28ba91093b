import { quantile } from "./experience.ts";
import { residualScale } from "./fit-physics.ts";
import { grouped } from "./group-by.ts";
import { scenarioKey } from "./novelty.ts";
import { physicsLog } from "./physics.ts";
import type { PhysicsConstants } from "./physics-constants.ts";
import type { PredictionCase } from "./prediction-case.ts";
import type { TrainingCase } from "./training-case.ts";
import { lengthDistance } from "./workload-reference.ts";

/** Quantities of a question whose least and greatest measured values are told. */
export const rangedQuantities = [
  "promptTokens",
  "outputTokens",
  "tpotLimitMs",
  "ttftLimitMs",
  "accelerators",
  "parameters",
] as const;
export type RangedQuantity = (typeof rangedQuantities)[number];
export type MeasuredRanges = Partial<Record<RangedQuantity, [least: number, greatest: number]>>;

const quantityOf = (one: PredictionCase, name: RangedQuantity): number | null =>
  name === "parameters" ? one.model.parameters : one[name];

/** Least and greatest measured values. */
export function measuredRanges(cases: readonly PredictionCase[]): MeasuredRanges {
  const ranges: MeasuredRanges = {};
  for (const name of rangedQuantities) {
    const values = cases.flatMap((one) => quantityOf(one, name) ?? []);
    if (values.length > 0) ranges[name] = [Math.min(...values), Math.max(...values)];
  }
  return ranges;
}

/** A quantity outside what was measured. */
export interface OutOfRange {
  name: RangedQuantity;
  value: number;
  range: [least: number, greatest: number];
  /** By how many factors of e. */
  folds: number;
}

/** A tenth more or less is no other case. */
const rangeReach = Math.log(1.1);

/** Quantities of a case that lie outside what was measured. */
export function outOfRange(one: PredictionCase, ranges: MeasuredRanges): OutOfRange[] {
  return rangedQuantities.flatMap((name) => {
    const [value, range] = [quantityOf(one, name), ranges[name]];
    if (value === null || range === undefined) return [];
    const below = Math.log(range[0] / value);
    // A loose limit bounds nothing, and is no extrapolation.
    const folds = name.endsWith("LimitMs") ? below : Math.max(below, Math.log(value / range[1]));
    return folds > rangeReach ? [{ name, value, range, folds }] : [];
  });
}

/**
 * Deviation for each factor of e between lengths: how far residuals of models and scenarios are apart, over how far their lengths
 * are. All of the difference is put down to the lengths, so that it is rather too much than too little.
 */
export function driftOf(cases: readonly TrainingCase[], residuals: readonly number[]): number {
  const groups = grouped(cases.keys(), (index) => scenarioKey((cases[index] as TrainingCase).of));
  const means = [...groups.values()].map((members) => ({
    of: (cases[members[0] ?? 0] as TrainingCase).of,
    count: members.length,
    mean: members.reduce((sum, index) => sum + (residuals[index] ?? 0), 0) / members.length,
  }));
  let [apart, distance] = [0, 0];
  for (const [index, one] of means.entries())
    for (const other of means.slice(index + 1)) {
      const lengths = lengthDistance(one.of, other.of);
      if (one.of.scenario !== other.of.scenario || lengths === 0) continue;
      const counts = Math.min(one.count, other.count);
      apart += counts * (one.mean - other.mean) ** 2;
      distance += counts * lengths ** 2;
    }
  return distance === 0 ? residualScale : Math.sqrt(apart / distance);
}

/** Share of measured results that the tolerance of limits holds. */
const scatterShare = 0.9;

/** Scatter of the physics beside what was measured, as a factor: by so much may its steps be too long. */
export function limitTolerance(cases: readonly TrainingCase[], constants: PhysicsConstants): number {
  const residuals = cases.map(({ of, tokensPerSecondPerAccelerator }) =>
    Math.abs(Math.log(tokensPerSecondPerAccelerator) - physicsLog(of, constants)),
  );
  return Math.exp(quantile(residuals, scatterShare));
}
