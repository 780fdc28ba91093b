import { grouped } from "../group-by.ts";
import type { TrainingRow } from "../training-rows.ts";

/** A question that an evaluation answers: results of `test` are predicted from all others of `train`. */
export interface Split {
  id: string;
  title: string;
  /** Indices of each fold. */
  folds: { test: number[]; train: number[] }[];
  /** Median and mean absolute error to reach, and to aim at, %. */
  mustReach: readonly [median: number, mean: number];
  aim: readonly [median: number, mean: number];
  /** Least and greatest share of results within the 80 % intervals. */
  coverage: readonly [least: number, greatest: number];
}

const systemFoldCount = 5;
/** Chips and models with fewer rows are left in training: an error of one row says nothing. */
const leastRows = 6;

/**
 * The honest splits. Groups are whole: all rows of a system, chip, family, model or round are on one side, so that the same
 * measurement, published as 99 and 99.9, never stands on both.
 */
export function splitsOf(rows: readonly TrainingRow[]): Split[] {
  const fair = [75, 85] as const;
  const least = [70, 100] as const;
  return [
    {
      ...{
        id: "system",
        title: "Systems that were not measured",
        folds: systemFolds(rows),
      },
      ...{ mustReach: [5, 13], aim: [3.5, 10], coverage: fair },
    },
    {
      ...{ id: "accelerator", title: "A chip that was not measured" },
      folds: leaveOneOut(rows, ({ of }) => of.chip.name),
      ...{ mustReach: [15, 22], aim: [10, 17.5], coverage: fair },
    },
    {
      ...{ id: "family", title: "A family of chips that was not measured" },
      folds: leaveOneOut(rows, ({ of }) => of.chip.family),
      ...{ mustReach: [25, 32], aim: [21, 28], coverage: least },
    },
    {
      ...{ id: "v6.0", title: "Rounds to v5.1, predicting v6.0", folds: laterRound(rows, "v6.0") },
      ...{ mustReach: [18, 27], aim: [14, 22], coverage: least },
    },
    {
      ...{ id: "v5.0", title: "v4.1, predicting v5.0", folds: laterRound(rows, "v5.0") },
      ...{ mustReach: [15, 20], aim: [12, 16], coverage: least },
    },
    {
      ...{ id: "model", title: "A model that was not measured" },
      folds: leaveOneOut(rows, ({ of }) => of.model.name),
      ...{ mustReach: [25, 35], aim: [18, 26], coverage: fair },
    },
  ];
}

/** Folds of whole systems, each about as large: the largest first, each into the smallest fold. */
export function systemFolds(rows: readonly TrainingRow[]): Split["folds"] {
  const groups = grouped(rows.keys(), (index) => rows[index]?.system ?? "");
  const folds: number[][] = Array.from({ length: systemFoldCount }, () => []);
  const bySize = [...groups].toSorted(
    ([one, first], [other, second]) => second.length - first.length || (one < other ? -1 : 1),
  );
  for (const [, members] of bySize) {
    const smallest = folds.reduce((least, fold) => (fold.length < least.length ? fold : least));
    smallest.push(...members);
  }
  return folds.map((test) => foldOf(rows, test));
}

function leaveOneOut(rows: readonly TrainingRow[], groupOf: (row: TrainingRow) => string): Split["folds"] {
  const groups = grouped(rows.keys(), (index) => groupOf(rows[index] as TrainingRow));
  return [...groups.values()].filter(({ length }) => length >= leastRows).map((test) => foldOf(rows, test));
}

function laterRound(rows: readonly TrainingRow[], round: string): Split["folds"] {
  const all = [...rows.keys()];
  const test = all.filter((index) => rows[index]?.round === round);
  const start = Math.min(...test.map((index) => rows[index]?.of.time ?? 0));
  const train = all.filter(
    (index) => rows[index]?.round !== round && (rows[index]?.of.time ?? start) < start,
  );
  return test.length === 0 || train.length < 2 * leastRows ? [] : [{ test, train }];
}

function foldOf(rows: readonly TrainingRow[], test: readonly number[]): Split["folds"][number] {
  const held = new Set(test);
  return { test: [...test], train: [...rows.keys()].filter((index) => !held.has(index)) };
}
