import { openPredictor } from "../predictor.ts";
import { trainModel } from "../train.ts";
import type { TrainingRow } from "../training-rows.ts";
import { earlierRecipe } from "./earlier-recipe.ts";
import { type ErrorFigures, errorFigures, type Guess } from "./error-figures.ts";
import { naiveRoofline } from "./naive-roofline.ts";
import { type Split, splitsOf } from "./splits.ts";

/** Ways to predict that an evaluation sets side by side. */
export const recipes = ["naive", "earlier", "roofline", "flexbench"] as const;
export type Recipe = (typeof recipes)[number];

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
  /** Signed log error of each result: prediction over measurement. */
  errors: { id: string; logError: number }[];
}

/**
 * Predicts every result from results that are not like it, for each split; everything is trained anew for each fold.
 * `onFold` hears how far it is.
 */
export function evaluate(
  rows: readonly TrainingRow[],
  onFold: (split: string, fold: number, folds: number) => void = () => {},
): SplitOutcome[] {
  return splitsOf(rows)
    .filter(({ folds }) => folds.length > 0)
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
    for (const [at, { of, row, tokensPerSecondPerAccelerator: actual }] of asked.entries()) {
      const prediction = predictor.predict(of);
      if (prediction.state === "refused") {
        refused += 1;
        continue;
      }
      const measured = actual * of.accelerators;
      if (measured >= prediction.low && measured <= prediction.high) within += 1;
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
    medianSpread: sorted[Math.floor(sorted.length / 2)] ?? Number.NaN,
    errors,
  };
}
