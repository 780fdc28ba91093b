import { UsageError } from "../errors.ts";
import type { BuildFile, SourceSpec } from "./build-file.ts";
import { addFeatures } from "./features/add-features.ts";
import { loadSpecTables } from "./features/spec-tables.ts";
import type { Repair } from "./forms/repairs.ts";
import { mergeDrafts } from "./merge-drafts.ts";
import type { Draft, Row } from "./row.ts";
import { nameRows } from "./row-ids.ts";
import { cleanDrafts } from "./rules/clean.ts";
import { type CleaningRules, loadRules } from "./rules/cleaning-rules.ts";
import type { Change, UnknownSpelling } from "./rules/rule.ts";
import { type RuleSummary, summarizeRules } from "./rules/rule-summary.ts";
import { SourceCache } from "./sources/cached-source.ts";
import { logEvidence, type UnmatchedEvidence } from "./sources/joined-logs.ts";
import { type PassedOver, readSource, type SourceContent } from "./sources/read-source.ts";

/** What a build did with everything that it found. */
export interface BuildReport {
  sources: ReportedSource[];
  /** Raw logs and system descriptions that belong to no row. */
  unmatched: UnmatchedEvidence[];
  /** Rows of other benchmarks than those of language models; they are no part of the dataset. */
  otherBenchmarks: { benchmark: string; rows: number }[];
  /** Rows that stood in a second table, and the open fields that they filled. */
  merged: number;
  filled: number;
  /** Rows of an earlier build: those that nobody gave anew, and the others. */
  kept: number;
  renewed: number;
  rules: RuleSummary[];
  /** Every value that a rule set, in the order of rows and rules. */
  changes: readonly Change[];
  /** What an earlier build repaired in the rows that stayed. */
  earlierRepairs: readonly Repair[];
  unknown: UnknownSpelling[];
  flagMeanings: Readonly<Record<string, string>>;
}

/** A source of a build, and what it gave. */
export interface ReportedSource {
  name: string;
  tables: number;
  rows: number;
  logs: number;
  systems: number;
  passedOver: PassedOver[];
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
 * Reads all sources, merges what stands in several, and cleans it. Logs and system descriptions complete rows of any source.
 * The same sources give the same rows in the same order. Throws UsageError for sources and rules that cannot be read, and
 * `DATASET_EMPTY` when no row is left.
 */
export async function buildDataset(
  { sources, rules: rulesFolder }: BuildFile,
  { cacheDir = null }: BuildOptions = {},
): Promise<BuiltDataset> {
  const rules = loadRules(rulesFolder ?? undefined);
  const specifications = loadSpecTables(rulesFolder ?? undefined);
  const contents = await readAll(sources, cacheDir);
  const evidence = logEvidence(
    contents.flatMap(({ logs }) => logs),
    contents.flatMap(({ systems }) => systems),
  );
  const tables = contents.flatMap((content) => content.tables).map(evidence.complete);
  const earlier = evidence.complete(contents.flatMap((content) => content.earlier));
  const { drafts, kept, ...merged } = mergeDrafts(tables, earlier);
  const keptIds = new Set(kept);
  const { ours, others } = languageModels(evidence.describe(drafts), rules);
  if (ours.length === 0)
    throw new UsageError("DATASET_EMPTY", [
      { where: sources.map(({ path }) => path).join(", "), message: "hold no result of a language model" },
    ]);
  nameRows(ours.map(({ row }) => row));
  const { rows, changes, unknown } = cleanDrafts(ours, rules);
  return {
    rows: addFeatures(rows, specifications).toSorted(inOrder),
    report: {
      sources: contents.map((content, index) => reportedSource(sources[index]?.name ?? "", content)),
      unmatched: evidence.unmatched(),
      otherBenchmarks: others,
      ...merged,
      kept: kept.length,
      earlierRepairs: contents.flatMap(({ repairs }) => repairs).filter(({ id }) => keptIds.has(id)),
      rules: summarizeRules(changes),
      changes,
      unknown,
      flagMeanings: rules.flagMeanings,
    },
  };
}

/** What every source gave; what is wrong with any of them is told at once. */
async function readAll(sources: readonly SourceSpec[], cacheDir: string | null): Promise<SourceContent[]> {
  const cache = cacheDir === null ? null : new SourceCache(cacheDir);
  const outcomes = await Promise.allSettled(
    sources.map((source) => (cache === null ? readSource(source) : cache.read(source))),
  );
  const failures = outcomes.flatMap((outcome) => (outcome.status === "rejected" ? [outcome.reason] : []));
  const [first] = failures;
  if (failures.length > 1 && failures.every((failure) => failure instanceof UsageError))
    throw new UsageError(
      "DATASET_SOURCE",
      failures.flatMap(({ problems }) => problems),
      { cause: first },
    );
  if (first !== undefined) throw first;
  await cache?.prune();
  return outcomes.flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value] : []));
}

function reportedSource(
  name: string,
  { tables, earlier, logs, systems, passedOver }: SourceContent,
): ReportedSource {
  return {
    name,
    tables: tables.length,
    rows: tables.reduce((sum, table) => sum + table.length, earlier.length),
    logs: logs.length,
    systems: systems.reduce((sum, { record }) => sum + Object.keys(record).length, 0),
    passedOver,
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

function inOrder(one: Row, other: Row): number {
  const keyOf = ({ round, published_id, source_row, id }: Row) =>
    [round ?? "", published_id ?? "", String(source_row ?? 0).padStart(9, "0"), id].join("\u0000");
  return keyOf(one) < keyOf(other) ? -1 : 1;
}
