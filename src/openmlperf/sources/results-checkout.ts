import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { SourceSpec } from "../build-file.ts";
import type { Draft, PartialRow } from "../row.ts";
import { tableColumnsOf } from "../system-fields.ts";
import { isRecord, type JsonRecord, textFields, textOf } from "./json-values.ts";
import { type LoadgenSummary, readLoadgenSummary } from "./loadgen-summary.ts";

const divisions = ["closed", "open", "network"];

/** Whether a folder is a checkout of a results repository, or the tree of a submission. */
export async function isResultsCheckout(folder: string): Promise<boolean> {
  const names = await foldersIn(folder);
  return names.some((name) => divisions.includes(name));
}

/** What the raw logs of a checkout gave. */
export interface CheckoutContent {
  drafts: Draft[];
  /** Folders of results without a summary of a performance test that holds a figure. */
  withoutFigure: string[];
}

/**
 * Rows from the raw logs of a results repository or of a submission: one a performance run, with its system description,
 * its measurements and its accuracy.
 */
export async function readResultsCheckout(source: SourceSpec): Promise<CheckoutContent> {
  const drafts: Draft[] = [];
  const withoutFigure: string[] = [];
  for (const division of (await foldersIn(source.path)).filter((name) => divisions.includes(name)))
    for (const submitter of await foldersIn(join(source.path, division))) {
      const root = join(division, submitter);
      for (const platform of await foldersIn(join(source.path, root, "results"))) {
        const systemPath = join(root, "systems", `${platform}.json`);
        const system = await readRecord(join(source.path, systemPath));
        for (const benchmark of await foldersIn(join(source.path, root, "results", platform)))
          for (const scenario of await foldersIn(join(source.path, root, "results", platform, benchmark))) {
            const folder = join(root, "results", platform, benchmark, scenario);
            const names = { division, submitter, platform, benchmark, scenario };
            const draft = await draftOf(source, folder, names, system === null ? null : systemPath, system);
            if (draft === null) withoutFigure.push(folder);
            else drafts.push(draft);
          }
      }
    }
  return { drafts, withoutFigure };
}

interface Names {
  division: string;
  submitter: string;
  platform: string;
  benchmark: string;
  scenario: string;
}

async function draftOf(
  source: SourceSpec,
  folder: string,
  names: Names,
  systemPath: string | null,
  system: JsonRecord | null,
): Promise<Draft | null> {
  const logPath = join(folder, "performance", "run_1", "mlperf_log_summary.txt");
  const text = await textAt(join(source.path, logPath));
  const summary = text === null ? null : readLoadgenSummary(text);
  if (summary === null) return null;
  const figure = figureOf(summary, names.scenario);
  if (figure === null) return null;
  const measurements = await measurementsOf(source.path, folder);
  const accuracy = await textAt(join(source.path, folder, "accuracy", "accuracy.txt"));
  const row: PartialRow = {
    ...summary.columns,
    origin: source.origin,
    source: source.name,
    source_kind: "results-checkout",
    source_url: source.url,
    source_commit: source.commit,
    source_licence: source.licence,
    source_file: logPath,
    source_row: null,
    round: source.round,
    result_path: folder,
    log_path: logPath,
    log_commit: source.commit,
    system_path: systemPath,
    submitter_raw: names.submitter,
    division: names.division,
    platform: names.platform,
    benchmark_raw: names.benchmark,
    used_model_raw: names.benchmark,
    scenario: names.scenario,
    ...figure,
    log_valid: summary.isValid,
    log_tokens_per_second: summary.tokensPerSecond,
    weight_data_type_raw: textOf(measurements?.weight_data_types),
    accuracy_raw: accuracyOf(accuracy),
    suite: textOf(system?.system_type),
    availability: textOf(system?.status),
    ...tableColumnsOf(system),
  };
  return { row, system: system === null ? null : textFields(system) };
}

/** The figure that a scenario is published by. */
function figureOf(summary: LoadgenSummary, scenario: string): PartialRow | null {
  const { tokensPerSecond, samplesPerSecond, latencyP90Ns } = summary;
  if (scenario.toLowerCase() === "singlestream")
    return latencyP90Ns === null
      ? null
      : { result_value: latencyP90Ns / 1e6, result_unit_raw: "Latency (ms)" };
  if (tokensPerSecond !== null)
    return {
      result_value: tokensPerSecond,
      result_unit_raw: "Tokens/s",
      samples_per_second: samplesPerSecond,
    };
  return samplesPerSecond === null ? null : { result_value: samplesPerSecond, result_unit_raw: "Samples/s" };
}

/** v6.0 keeps measurements beside the result; earlier rounds in a tree of their own, some under the name of the system. */
async function measurementsOf(root: string, folder: string): Promise<JsonRecord | null> {
  const beside = await readRecord(join(root, folder, "measurements.json"));
  if (beside !== null) return beside;
  const apart = join(root, folder.replace("/results/", "/measurements/"));
  for (const name of await namesIn(apart)) {
    const record = name.endsWith(".json") ? await readRecord(join(apart, name)) : null;
    if (record !== null && "weight_data_types" in record) return record;
  }
  return null;
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).toSorted();
  } catch {
    return [];
  }
}

/**
 * As the published tables write it: `ROUGE1: 44.4`. The figures stand in the last dictionary; what is printed before it, such
 * as results by programming language, are not the benchmark's.
 */
function accuracyOf(text: string | null): string | null {
  const lines = (text ?? "").split("\n").map((line) => line.trim());
  const last = lines.findLast((line) => line.startsWith("{") && line.endsWith("}")) ?? "";
  const ownFigures = last.slice(1, -1).replaceAll(/\{[^{}]*\}/g, "");
  const figures = [...ownFigures.matchAll(/["'](\w+)["']: ["']?(-?[\d.]+(?:e[+-]?\d+)?)/gi)].map(
    ([, name, value]) => `${name?.toUpperCase()}: ${value}`,
  );
  return figures.length === 0 ? null : figures.join("  ");
}

async function foldersIn(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name)
      .toSorted();
  } catch {
    // Not every submitter has results, and not every result its parts.
    return [];
  }
}

async function textAt(path: string): Promise<string | null> {
  try {
    return await readFile(path, "utf8");
  } catch {
    return null;
  }
}

async function readRecord(path: string): Promise<JsonRecord | null> {
  const text = await textAt(path);
  if (text === null) return null;
  try {
    const content: unknown = JSON.parse(text);
    return isRecord(content) ? content : null;
  } catch {
    return null;
  }
}
