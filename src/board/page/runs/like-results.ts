import { compareValues, distinctValues } from "../data/group-rows.ts";
import { numberAt } from "../data/measures.ts";
import type { Table } from "../data/table.ts";
import { type Filter, filterRows, unknownKey } from "../filters/filter.ts";
import { numberText } from "../wording.ts";
import { chipColumns, type RunChips } from "./chip-of-run.ts";
import { modelColumns } from "./model-of-run.ts";

/** Columns that the comparison with published results reads. */
export const likeColumns = [
  ...chipColumns,
  ...modelColumns,
  ...["origin", "division", "duplicate_of", "scenario", "round", "accelerators_total"],
  ...["tokens_per_second", "tokens_per_second_per_accelerator", "system_name", "submitter"],
];

const mostLike = 10;

/** Published results of the closed division in a scenario, each once. */
export function publishedRows(table: Table, scenario: string): number[] {
  const filters: Filter[] = [
    { column: "origin", values: ["official"] },
    { column: "division", values: ["closed"] },
    { column: "duplicate_of", values: [unknownKey] },
    { column: "scenario", values: [scenario] },
  ];
  return filterRows(table, filters).filter((row) => numberAt(table, "tokens_per_second", row) !== null);
}

/** Models of benchmarks among rows. */
export function familiesOf(table: Table, rows: readonly number[]): string[] {
  return distinctValues(table, "benchmark_family", rows).flatMap((value) =>
    value === null ? [] : [String(value)],
  );
}

/** Rounds, the latest first; before them those with the accelerator of the run, if it is told. */
export function roundsOf(table: Table, rows: readonly number[], accelerator: string | null): string[] {
  const rounds = distinctValues(table, "round", rows)
    .filter((value) => value !== null)
    .sort(compareValues)
    .reverse();
  const isSame = (row: number) => table.column("accelerator").values[row] === accelerator;
  const withChip = new Set(accelerator === null ? [] : distinctValues(table, "round", rows.filter(isSame)));
  return [
    ...rounds.filter((round) => withChip.has(round)),
    ...rounds.filter((round) => !withChip.has(round)),
  ].map(String);
}

/** Published results that are like a run, and a sentence on what makes them so. */
export interface LikeResults {
  rows: readonly number[];
  words: string;
}

/**
 * Of results of the same model and scenario those that are most like a run: of the same accelerator, else of the same
 * family of accelerators, else any; the nearest throughput first, of each accelerator where the run tells their number.
 */
export function likeResults(
  table: Table,
  rows: readonly number[],
  chips: RunChips,
  tokensPerSecond: number | null,
): LikeResults {
  const at = (name: string, row: number) => table.column(name).values[row] ?? null;
  const ofChip = rows.filter(
    (row) => chips.accelerator !== null && at("accelerator", row) === chips.accelerator,
  );
  const ofFamily = rows.filter(
    (row) => chips.family !== null && at("accelerator_family", row) === chips.family,
  );
  const measure = chips.count === null ? "tokens_per_second" : "tokens_per_second_per_accelerator";
  const own = tokensPerSecond === null ? null : tokensPerSecond / (chips.count ?? 1);
  const distance = (row: number) => {
    const value = numberAt(table, measure, row);
    return own === null || value === null ? Number.POSITIVE_INFINITY : Math.abs(Math.log(value / own));
  };
  const alike = ofChip.length > 0 ? ofChip : ofFamily.length > 0 ? ofFamily : rows;
  const nearest = [...alike].sort((a, b) => distance(a) - distance(b)).slice(0, mostLike);
  return { rows: nearest, words: `${alikeWords(chips, alike, ofChip, ofFamily)}${countWords(alike.length)}` };
}

function alikeWords(
  { accelerator, family }: RunChips,
  alike: readonly number[],
  ofChip: readonly number[],
  ofFamily: readonly number[],
): string {
  if (alike === ofChip) return `These results have the accelerator of the run too, ${accelerator}.`;
  if (alike === ofFamily)
    return `No result here has the accelerator of the run; these have one of its family, ${family}.`;
  if (accelerator === null)
    return "What accelerators served the run is not known: these results are alike in model and scenario only.";
  return `No result here has an accelerator like the run's, ${accelerator}: these are alike in model and scenario only.`;
}

function countWords(count: number): string {
  return count > mostLike
    ? ` Of ${numberText(count)} the ${mostLike} nearest in throughput are shown.`
    : " The nearest in throughput come first.";
}
