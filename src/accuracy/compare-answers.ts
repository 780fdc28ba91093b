import { aggregated, bootstrapInterval, type Interval } from "./bootstrap.ts";
import type { Aggregate, SampleScores } from "./define-metric.ts";

/** Scores of one run by sample. */
export interface ComparedRun {
  name: string;
  scores: ReadonlyMap<number, SampleScores>;
}

/** One figure of two runs over the samples that both answered. */
export interface PairedDifference {
  figure: string;
  first: number;
  second: number;
  /** Second less first, sample by sample. */
  difference: number;
  /** 95 % of the difference; null for fewer than two samples. */
  interval: Interval | null;
  verdict: "better" | "worse" | "not told apart";
  sentence: string;
}

/** Of these figures more is not better. */
const lengths: readonly string[] = ["gen_len", "tokens_per_sample"];

/** Holds a second run against a first one, figure by figure, over the samples that both have. */
export function pairedDifferences(
  first: ComparedRun,
  second: ComparedRun,
  aggregateOf: (figure: string) => Aggregate,
  seed: number,
): PairedDifference[] {
  const samples = [...first.scores.keys()].filter((index) => second.scores.has(index));
  const column = ({ scores }: ComparedRun, figure: string) =>
    samples.map((index) => scores.get(index)?.[figure] ?? Number.NaN);
  const [index = -1] = samples;
  const figures = Object.keys(first.scores.get(index) ?? {}).filter(
    (figure) => figure in (second.scores.get(index) ?? {}),
  );
  return figures.map((figure) => {
    const [before, after] = [column(first, figure), column(second, figure)];
    const aggregate = aggregateOf(figure);
    const differences = after.map((score, position) => score - (before[position] ?? Number.NaN));
    // An aggregate of one's own need not be linear, so that only sums and means take differences sample by sample.
    const interval = typeof aggregate === "function" ? null : bootstrapInterval(differences, aggregate, seed);
    const [firstFigure, secondFigure] = [aggregated(before, aggregate), aggregated(after, aggregate)];
    const difference = secondFigure - firstFigure;
    const isApart = interval !== null && (interval.low > 0 || interval.high < 0);
    const verdict = isApart ? (difference > 0 ? "better" : "worse") : "not told apart";
    const compared = {
      figure,
      first: firstFigure,
      second: secondFigure,
      difference,
      interval,
      verdict,
    } as const;
    return { ...compared, sentence: sentenceOf(compared, first.name, second.name, samples.length) };
  });
}

function sentenceOf(
  { figure, difference, interval, verdict }: Omit<PairedDifference, "sentence">,
  first: string,
  second: string,
  samples: number,
): string {
  const range =
    interval === null ? "" : `, 95 % interval ${signed(interval.low)} to ${signed(interval.high)}`;
  const facts = `${signed(difference)}${range}, ${samples} samples`;
  if (verdict === "not told apart") return `${figure}: ${second} is not told apart from ${first} (${facts}).`;
  const word = lengths.includes(figure) ? { better: "longer", worse: "shorter" }[verdict] : verdict;
  return `${figure}: ${second} is ${word} than ${first} (${facts}).`;
}

function signed(value: number): string {
  return `${value < 0 ? "−" : "+"}${Number(Math.abs(value).toPrecision(4))}`;
}
