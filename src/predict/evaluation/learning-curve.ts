import { seededRandom } from "../../dataset/seeded-random.ts";
import { leastRows } from "../train.ts";
import type { TrainingRow } from "../training-rows.ts";
import { errorFigures } from "./error-figures.ts";
import { judgeFold } from "./evaluate.ts";
import { systemFolds } from "./splits.ts";

/** Errors on systems that were not measured, where only a share of the others is learned from. */
export interface CurvePoint {
  /** Share of the systems of each fold's training, 0 to 1. */
  share: number;
  /** Results learned from, mean of the folds. */
  rows: number;
  medianPercent: number;
  meanPercent: number;
}

const shares = [0.25, 0.5, 0.75] as const;

/** What more results are worth: each share holds the systems of the smaller ones. Without latencies and other recipes;
 * shares that leave too little to learn from are missing. */
export function learningCurve(all: readonly TrainingRow[]): CurvePoint[] {
  const rows = all.map((row) => ({ ...row, latencies: {} }));
  const random = seededRandom(1, 0);
  const names = [...new Set(rows.map(({ system }) => system))].toSorted();
  const places = new Map(names.map((name) => [name, random()]));
  const folds = systemFolds(rows);
  return shares.flatMap((share) => {
    const learned = folds.map(({ train }) =>
      train
        .map((index) => rows[index] as TrainingRow)
        .filter(({ system }) => (places.get(system) ?? 0) < share),
    );
    if (learned.some(({ length }) => length < leastRows)) return [];
    const guesses = folds.flatMap(({ test }, fold) =>
      judgeFold(
        learned[fold] ?? [],
        test.map((index) => rows[index] as TrainingRow),
        false,
      ).judged.map(({ prediction, actual }) => ({ predicted: prediction.perAccelerator, actual })),
    );
    const { medianPercent, meanPercent } = errorFigures(guesses);
    const count = learned.reduce((sum, { length }) => sum + length, 0) / folds.length;
    return [{ share, rows: Math.round(count), medianPercent, meanPercent }];
  });
}
