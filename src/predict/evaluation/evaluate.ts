import { type LatencyTarget, latencyTargets } from "../latency-targets.ts";
import { type Interval, openPredictor } from "../predictor.ts";
import { trainModel } from "../train.ts";
import type { TrainingRow } from "../training-rows.ts";
import { earlierRecipe } from "./earlier-recipe.ts";
import { type ErrorFigures, errorFigures, type Guess } from "./error-figures.ts";
import { naiveRoofline } from "./naive-roofline.ts";
import { type Split, splitsOf } from "./splits.ts";

/** Ways to predict that an evaluation sets side by side. */
export const recipes = ["naive", "earlier", "roofline", "flexbench"] as const;
export type Recipe = (typeof recipes)[number];

/** How a latency was predicted. */
export interface LatencyOutcome {
  rows: number;
  medianPercent: number;
  meanPercent: number;
  coveragePercent: number;
}

/** What one split showed. */
export interface SplitOutcome extends Omit<Split, "folds"> {
  folds: number;
  rows: number;
  /** Cases that the predictor refused. */
  refused: number;
  figures: Record<Recipe, ErrorFigures>;
  /** Share of results within their 80 % intervals, %. */
  coveragePercent: number;
  /** Median of high / middle of the intervals. */
  medianSpread: number;
  /** Errors of latencies under limits, and the share of them within their intervals. */
  latencies: Partial<Record<LatencyTarget, LatencyOutcome>>;
  /** Signed log error of each result: prediction over measurement. */
  errors: { id: string; logError: number }[];
}

/** How an evaluation is carried out. */
export interface EvaluationOptions {
  /** Hears how far it is. */
  onFold?: (split: string, fold: number, folds: number) => void;
  /** Splits by their ids. @default all */
  only?: readonly string[];
}

/**
 * Predicts every result from results that are not like it, for each split; everything is trained anew for each fold.
 */
export function evaluate(
  rows: readonly TrainingRow[],
  { onFold = () => {}, only }: EvaluationOptions = {},
): SplitOutcome[] {
  return splitsOf(rows)
    .filter(({ id, folds }) => folds.length > 0 && (only?.includes(id) ?? true))
    .map((split) => evaluateSplit(rows, split, onFold));
}

function evaluateSplit(
  rows: readonly TrainingRow[],
  { folds, ...split }: Split,
  onFold: (split: string, fold: number, folds: number) => void,
): SplitOutcome {
  const guesses: Record<Recipe, Guess[]> = { naive: [], earlier: [], roofline: [], flexbench: [] };
  const spreads: number[] = [];
  const errors: SplitOutcome["errors"] = [];
  const latencies = new Map<LatencyTarget, (Guess & { within: boolean })[]>();
  let [within, refused] = [0, 0];
  for (const [index, { train, test }] of folds.entries()) {
    onFold(split.id, index + 1, folds.length);
    const pick = (indices: readonly number[]): TrainingRow[] => indices.map((at) => rows[at] as TrainingRow);
    const [learned, asked] = [pick(train), pick(test)];
    const predictor = openPredictor(trainModel(learned));
    const earlier = earlierRecipe(
      learned.map(({ row }) => row),
      learned.map(({ tokensPerSecondPerAccelerator }) => tokensPerSecondPerAccelerator),
      asked.map(({ row }) => row),
    );
    const naive = naiveRoofline(learned);
    for (const [at, one] of asked.entries()) {
      const { of, row, tokensPerSecondPerAccelerator: actual } = one;
      const prediction = predictor.predict(of);
      if (prediction.state === "refused") {
        refused += 1;
        continue;
      }
      const measured = actual * of.accelerators;
      if (measured >= prediction.low && measured <= prediction.high) within += 1;
      for (const [name, guess] of latencyGuesses(one, prediction.latencies))
        latencies.set(name, [...(latencies.get(name) ?? []), guess]);
      spreads.push(prediction.high / prediction.tokensPerSecond);
      errors.push({ id: row.id, logError: Math.log(prediction.perAccelerator / actual) });
      const roofline = prediction.rooflineTokensPerSecond / of.accelerators;
      guesses.naive.push({ predicted: naive(of), actual });
      guesses.earlier.push({ predicted: earlier[at] ?? Number.NaN, actual });
      guesses.roofline.push({ predicted: roofline, actual });
      guesses.flexbench.push({ predicted: prediction.perAccelerator, actual });
    }
  }
  const sorted = spreads.toSorted((one, other) => one - other);
  return {
    ...split,
    folds: folds.length,
    ...{ rows: spreads.length, refused },
    figures: {
      naive: errorFigures(guesses.naive),
      earlier: errorFigures(guesses.earlier),
      roofline: errorFigures(guesses.roofline),
      flexbench: errorFigures(guesses.flexbench),
    },
    coveragePercent: (100 * within) / Math.max(1, spreads.length),
    latencies: Object.fromEntries([...latencies].map(([name, told]) => [name, latencyOutcome(told)])),
    medianSpread: sorted[Math.floor(sorted.length / 2)] ?? Number.NaN,
    errors,
  };
}

function latencyGuesses(
  { latencies }: TrainingRow,
  predicted: Partial<Record<LatencyTarget, Interval>>,
): [LatencyTarget, Guess & { within: boolean }][] {
  return latencyTargets.flatMap((name) => {
    const [actual, interval] = [latencies[name], predicted[name]];
    if (actual === undefined || interval === undefined) return [];
    const { value, low, high } = interval;
    return [[name, { predicted: value, actual, within: actual >= low && actual <= high }]];
  });
}

function latencyOutcome(told: readonly (Guess & { within: boolean })[]): LatencyOutcome {
  const { medianPercent, meanPercent } = errorFigures(told);
  const within = told.filter((guess) => guess.within).length;
  return { rows: told.length, medianPercent, meanPercent, coveragePercent: (100 * within) / told.length };
}
