import { type LatencyTarget, latencyTargets } from "../latency-targets.ts";
import { type Interval, openPredictor } from "../predictor.ts";
import { trainModel } from "../train.ts";
import type { TrainingRow } from "../training-rows.ts";
import { earlierRecipe } from "./earlier-recipe.ts";
import { type ErrorFigures, errorFigures, type Guess } from "./error-figures.ts";
import { type GroupFigures, groupFigures, type JudgedRow } from "./group-figures.ts";
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
  /** Errors by recipe; null for the earlier board's where it was not asked for. */
  figures: Record<Exclude<Recipe, "earlier">, ErrorFigures> & { earlier: ErrorFigures | null };
  /** Share of results within their 80 % intervals, %. */
  coveragePercent: number;
  /** Median of high / middle of the intervals. */
  medianSpread: number;
  /** Errors and coverage of each model, family of chips and scenario. */
  groups: GroupFigures[];
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
  /** Whether latencies are judged too, which takes a third longer. @default true */
  latencies?: boolean;
  /** Whether the earlier board's recipe is run beside, which takes as long again. @default true */
  earlier?: boolean;
}

/**
 * Predicts every result from results that are not like it, for each split; everything is trained anew for each fold.
 */
export function evaluate(
  rows: readonly TrainingRow[],
  { onFold = () => {}, only, latencies = true, earlier = true }: EvaluationOptions = {},
): SplitOutcome[] {
  const taught = latencies ? rows : rows.map((row) => ({ ...row, latencies: {} }));
  return splitsOf(taught)
    .filter(({ id, folds }) => folds.length > 0 && (only?.includes(id) ?? true))
    .map((split) => evaluateSplit(taught, split, { onFold, earlier }));
}

function evaluateSplit(
  rows: readonly TrainingRow[],
  { folds, ...split }: Split,
  { onFold, earlier }: Required<Pick<EvaluationOptions, "onFold" | "earlier">>,
): SplitOutcome {
  const judged: JudgedRow[] = [];
  let refused = 0;
  for (const [index, { train, test }] of folds.entries()) {
    onFold(split.id, index + 1, folds.length);
    const pick = (indices: readonly number[]): TrainingRow[] => indices.map((at) => rows[at] as TrainingRow);
    const outcome = judgeFold(pick(train), pick(test), earlier);
    judged.push(...outcome.judged);
    refused += outcome.refused;
  }
  const spreads = judged.map(({ prediction }) => prediction.high / prediction.tokensPerSecond);
  const of = (guess: (row: JudgedRow) => number): ErrorFigures =>
    errorFigures(judged.map((row) => ({ predicted: guess(row), actual: row.actual })));
  return {
    ...split,
    folds: folds.length,
    ...{ rows: judged.length, refused },
    figures: {
      naive: of(({ naive }) => naive),
      earlier: earlier ? of((row) => row.earlier ?? Number.NaN) : null,
      roofline: of(
        ({ of: { accelerators }, prediction }) => prediction.rooflineTokensPerSecond / accelerators,
      ),
      flexbench: of(({ prediction }) => prediction.perAccelerator),
    },
    coveragePercent: (100 * judged.filter(({ within }) => within).length) / Math.max(1, judged.length),
    medianSpread: spreads.toSorted((one, other) => one - other)[Math.floor(spreads.length / 2)] ?? Number.NaN,
    groups: groupFigures(judged),
    latencies: latencyOutcomes(judged),
    errors: judged.map(({ id, prediction, actual }) => ({
      id,
      logError: Math.log(prediction.perAccelerator / actual),
    })),
  };
}

/** Predicts `asked` from `learned`, beside the simpler recipes. */
export function judgeFold(
  learned: readonly TrainingRow[],
  asked: readonly TrainingRow[],
  withEarlier: boolean,
): { judged: JudgedRow[]; refused: number } {
  const predictor = openPredictor(trainModel(learned));
  const naive = naiveRoofline(learned);
  const earlier = withEarlier
    ? earlierRecipe(
        learned.map(({ row }) => row),
        learned.map(({ tokensPerSecondPerAccelerator }) => tokensPerSecondPerAccelerator),
        asked.map(({ row }) => row),
      )
    : [];
  const judged = asked.flatMap((one, at): JudgedRow[] => {
    const { of, row, tokensPerSecondPerAccelerator: actual, latencies } = one;
    const prediction = predictor.predict(of);
    if (prediction.state === "refused") return [];
    const { low, high } = prediction;
    const measured = actual * of.accelerators;
    return [
      {
        ...{ id: row.id, of, actual, latencies, prediction, naive: naive(of), earlier: earlier[at] },
        within: measured >= low && measured <= high,
      },
    ];
  });
  return { judged, refused: asked.length - judged.length };
}

function latencyOutcomes(judged: readonly JudgedRow[]): SplitOutcome["latencies"] {
  const outcomes: SplitOutcome["latencies"] = {};
  for (const name of latencyTargets) {
    const told = judged.flatMap(({ latencies, prediction }) =>
      latencyGuess(latencies[name], prediction.latencies[name]),
    );
    if (told.length === 0) continue;
    const { medianPercent, meanPercent } = errorFigures(told);
    const within = told.filter((guess) => guess.within).length;
    outcomes[name] = {
      ...{ rows: told.length, medianPercent, meanPercent },
      coveragePercent: (100 * within) / told.length,
    };
  }
  return outcomes;
}

function latencyGuess(
  actual: number | undefined,
  interval: Interval | undefined,
): (Guess & { within: boolean })[] {
  if (actual === undefined || interval === undefined) return [];
  const { value, low, high } = interval;
  return [{ predicted: value, actual, within: actual >= low && actual <= high }];
}
