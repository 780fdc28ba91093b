import { grouped } from "../group-by.ts";
import type { LatencyTarget } from "../latency-targets.ts";
import type { PredictionCase } from "../prediction-case.ts";
import type { Prediction } from "../predictor.ts";
import { errorFigures } from "./error-figures.ts";

/** A result with what was predicted of it; tokens a second are those of one accelerator. */
export interface JudgedRow {
  id: string;
  of: PredictionCase;
  actual: number;
  latencies: Partial<Record<LatencyTarget, number>>;
  prediction: Prediction & { state: "predicted" };
  /** Whether the 80 % interval holds it. */
  within: boolean;
  naive: number;
  /** Undefined where the earlier board's recipe was not run. */
  earlier: number | undefined;
}

/** Ways to group results: pooled figures hide groups that are much worse. */
export const groupings = {
  model: ({ model }: PredictionCase): string => model.name,
  family: ({ chip }: PredictionCase): string => chip.family,
  scenario: ({ scenario }: PredictionCase): string => scenario,
} as const;
export type Grouping = keyof typeof groupings;

/** How far predictions of one group are off. */
export interface GroupFigures {
  by: Grouping;
  name: string;
  rows: number;
  medianPercent: number;
  meanPercent: number;
  /** Share of results within their 80 % intervals, %. */
  coveragePercent: number;
}

/** Figures of each model, family of chips and scenario, the largest group first. */
export function groupFigures(judged: readonly JudgedRow[]): GroupFigures[] {
  return (Object.keys(groupings) as Grouping[]).flatMap((by) =>
    [...grouped(judged, ({ of }) => groupings[by](of))]
      .toSorted(([, one], [, other]) => other.length - one.length)
      .map(([name, members]) => {
        const { medianPercent, meanPercent } = errorFigures(
          members.map(({ prediction, actual }) => ({ predicted: prediction.perAccelerator, actual })),
        );
        const within = members.filter((row) => row.within).length;
        const coveragePercent = (100 * within) / members.length;
        return { by, name, rows: members.length, medianPercent, meanPercent, coveragePercent };
      }),
  );
}
