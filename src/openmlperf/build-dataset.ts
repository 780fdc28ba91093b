import { createHash } from "node:crypto";
import type { BuildFile } from "./build-file.ts";
import { addFeatures } from "./features/add-features.ts";
import { loadSpecTables } from "./features/spec-tables.ts";
import { mergeDrafts } from "./merge-drafts.ts";
import type { Draft, Row } from "./row.ts";
import { cleanDrafts } from "./rules/clean.ts";
import { type CleaningRules, loadRules } from "./rules/cleaning-rules.ts";
import type { UnknownSpelling } from "./rules/rule.ts";
import { type RuleSummary, summarizeRules } from "./rules/rule-summary.ts";
import { readCachedSource } from "./sources/cached-source.ts";
import { type PassedOver, readSource } from "./sources/read-source.ts";

/** What a build did with everything that it found. */
export interface BuildReport {
  sources: { name: string; tables: number; rows: number; passedOver: PassedOver[] }[];
  /** Rows of other benchmarks than those of language models; they are no part of the dataset. */
  otherBenchmarks: { benchmark: string; rows: number }[];
  /** Rows that stood in a second table, and the open fields that they filled. */
  merged: number;
  filled: number;
  rules: RuleSummary[];
  unknown: UnknownSpelling[];
  flagMeanings: Readonly<Record<string, string>>;
}

/** A built dataset, in memory. */
export interface BuiltDataset {
  rows: Row[];
  report: BuildReport;
}

/** How a dataset is built. */
export interface BuildOptions {
  /** Folder for what sources gave, so that an unchanged one is not read again. @default null, all are read */
  cacheDir?: string | null;
}

/**
 * Reads all sources, merges what stands in several, and cleans it. The same sources give the same rows in the same order.
 * Throws UsageError for sources and rules that cannot be read.
 */
export async function buildDataset(
  { sources, rules: rulesFolder }: BuildFile,
  { cacheDir = null }: BuildOptions = {},
): Promise<BuiltDataset> {
  const rules = loadRules(rulesFolder ?? undefined);
  const contents = await Promise.all(
    sources.map(async (source) => ({
      name: source.name,
      content: await (cacheDir === null ? readSource(source) : readCachedSource(source, cacheDir)),
    })),
  );
  const { drafts, merged, filled } = mergeDrafts(contents.flatMap(({ content }) => content.tables));
  const { ours, others } = languageModels(drafts, rules);
  name(ours);
  const { rows, changes, unknown } = cleanDrafts(ours, rules);
  return {
    rows: addFeatures(rows, loadSpecTables()).toSorted(inOrder),
    report: {
      sources: contents.map(({ name, content: { tables, passedOver } }) => ({
        name,
        tables: tables.length,
        rows: tables.reduce((sum, table) => sum + table.length, 0),
        passedOver,
      })),
      otherBenchmarks: others,
      merged,
      filled,
      rules: summarizeRules(changes),
      unknown,
      flagMeanings: rules.flagMeanings,
    },
  };
}

function languageModels(drafts: readonly Draft[], { benchmarks }: CleaningRules) {
  const ours: Draft[] = [];
  const others = new Map<string, number>();
  for (const draft of drafts) {
    const benchmark = draft.row.benchmark_raw ?? "";
    if (/token/i.test(draft.row.result_unit_raw ?? "") || benchmarks.find(benchmark) !== null)
      ours.push(draft);
    else others.set(benchmark, (others.get(benchmark) ?? 0) + 1);
  }
  const counted = [...others].map(([benchmark, rows]) => ({ benchmark, rows }));
  return { ours, others: counted.toSorted((one, other) => (one.benchmark < other.benchmark ? -1 : 1)) };
}

/** Names that stay the same when a source moves or grows: a hash of what the row is a result of. */
function name(drafts: readonly Draft[]): void {
  const seen = new Map<string, number>();
  for (const { row } of drafts) {
    const { round, submitter_raw, division, suite, platform, benchmark_raw, scenario, result_value } = row;
    const what = JSON.stringify([
      ...[round, submitter_raw, division, suite, platform, benchmark_raw, scenario, result_value],
    ]);
    const occurrence = seen.get(what) ?? 0;
    seen.set(what, occurrence + 1);
    row.id = createHash("sha256").update(`${what}${occurrence}`).digest("hex").slice(0, 16);
  }
}

function inOrder(one: Row, other: Row): number {
  const keyOf = ({ round, published_id, source_row, id }: Row) =>
    [round ?? "", published_id ?? "", String(source_row ?? 0).padStart(9, "0"), id].join("\u0000");
  return keyOf(one) < keyOf(other) ? -1 : 1;
}
