import { formatNumber, formatTime, notMeasured } from "../results/quantities.ts";
import { borderlessTable } from "./borderless-table.ts";
import type { Comparison, Difference } from "./comparison.ts";
import type { Interval } from "./confidence.ts";
import { comparedFigures } from "./run-figures.ts";

const bases = {
  pairs: "intervals from the differences between the runs of each round",
  runs: "intervals from the spread between runs",
  requests: "intervals from the requests within the runs",
} as const;

/** A comparison for people: the sentence for each side, the figures with their intervals, and what to bear in mind. */
export function renderComparison(comparison: Comparison, folder: string | null = null): string {
  const { base, basis, comparisons, notes } = comparison;
  const sections = comparisons.map(({ name, sentence, differences }) => {
    const rows = differences.map(differenceCells);
    return `${sentence}\n\n${borderlessTable(differenceTitles(base, name), rows, 1)}`;
  });
  const remarks = comparisonNotes({ notes, basis }).map((note) => `note: ${note}`);
  const files = folder === null ? [] : [`Files  ${folder}`];
  return `${[...sections, [...remarks, ...files].join("\n")].join("\n\n")}\n`;
}

/** What to bear in mind, and what the intervals rest on. */
export function comparisonNotes({ notes, basis }: Pick<Comparison, "notes" | "basis">): string[] {
  return [...notes, `95 %: ${bases[basis]}.`];
}

/** Titles of the cells of a difference. */
export function differenceTitles(base: string, other: string): string[] {
  return ["", base, other, "change", "95 % interval"];
}

/** A figure on both sides, its change and the interval of that, for people. */
export function differenceCells({ figure, base, other, change, interval }: Difference): string[] {
  const { title = figure, unit = "" } = comparedFigures.find(({ key }) => key === figure) ?? {};
  const value = (number: number | null) =>
    number === null ? notMeasured : unit === "ns" ? formatTime(number) : formatNumber(number);
  return [title, value(base), value(other), signed(change), range(interval)];
}

function range(interval: Interval | null): string {
  return interval === null ? notMeasured : `${signed(interval.low)} to ${signed(interval.high)}`;
}

function signed(share: number | null): string {
  if (share === null) return notMeasured;
  const percent = 100 * share;
  return `${percent < 0 ? "−" : "+"}${Math.abs(percent).toFixed(Math.abs(percent) < 10 ? 2 : 1)} %`;
}
