import { seededRandom } from "../dataset/seeded-random.ts";
import type { Aggregate } from "./define-metric.ts";

/** Where a figure would lie if other samples of the same kind had been drawn. */
export interface Interval {
  low: number;
  high: number;
}

/** Share of resampled figures that an interval holds. */
export const confidence = 0.95;
const resamples = 1000;

/**
 * 95 % interval of an aggregate by bootstrap: 1000 sets as large as the given one are drawn from it with repetition.
 * The same seed gives the same interval. Null for fewer than two scores.
 */
export function bootstrapInterval(
  scores: readonly number[],
  aggregate: Aggregate,
  seed: number,
): Interval | null {
  if (scores.length < 2) return null;
  const figures = new Float64Array(resamples);
  const drawn = new Array<number>(scores.length);
  for (let round = 0; round < resamples; round++) {
    const random = seededRandom(seed, round);
    for (let index = 0; index < scores.length; index++)
      drawn[index] = scores[Math.floor(random() * scores.length)] ?? 0;
    figures[round] = aggregated(drawn, aggregate);
  }
  figures.sort();
  const at = (share: number) => figures[Math.round(share * (resamples - 1))] ?? Number.NaN;
  return { low: at((1 - confidence) / 2), high: at((1 + confidence) / 2) };
}

/** The figure that scores come to. */
export function aggregated(scores: readonly number[], aggregate: Aggregate): number {
  if (typeof aggregate === "function") return aggregate(scores);
  let total = 0;
  for (const score of scores) total += score;
  return aggregate === "sum" ? total : total / scores.length;
}
