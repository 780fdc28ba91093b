import { readFile } from "node:fs/promises";
import { recordSchemaName } from "../../results/record-schema.ts";
import type { Draft, PartialRow } from "../row.ts";
import { isRecord, type JsonRecord, textOf } from "./json-values.ts";
import { isSubmissionSummary, submissionRecords } from "./submission-records.ts";

/** Where a file of results comes from; everything beside the name may be unknown. */
export interface Provenance {
  /** Name of the source in the build file. */
  source: string;
  url: string | null;
  commit: string | null;
  licence: string | null;
  /** Path within the source. */
  file: string;
}

/** Forms of files that are known, by what stands in them. */
export type SourceKind =
  | "summary-results"
  | "submission-summary"
  | "cmx-summary"
  | "cm4mlperf"
  | "contribution"
  | "flexbench-run"
  | "joined-logs"
  | "systems";

/** Records of one file, by its form. */
export interface RecognizedFile {
  kind: SourceKind;
  records: readonly JsonRecord[];
  /** What stands around the records, such as round and commit. */
  around: JsonRecord;
}

/** A file that is none of the forms, and why. */
export interface Unrecognized {
  why: string;
  /** It cannot be read as JSON at all: it may be cut off. */
  isBroken: boolean;
}

/** The form of the file at a path by its content, or why it has none. */
export async function recognizeAt(path: string): Promise<RecognizedFile | Unrecognized> {
  let content: unknown;
  try {
    content = JSON.parse(await readFile(path, "utf8"));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    return { why: `is no JSON: ${reason}`, isBroken: true };
  }
  const isEmpty = typeof content === "object" && content !== null && Object.keys(content).length === 0;
  if (isEmpty) return { why: "holds no records", isBroken: true };
  return recognizeFile(content) ?? { why: "holds no form of results that is known", isBroken: false };
}

/** The form of parsed content; null when it is none that is known. */
function recognizeFile(content: unknown): RecognizedFile | null {
  if (Array.isArray(content)) {
    const records = content.filter(isRecord);
    const first = records[0];
    if (first === undefined) return null;
    if ("UsedModel" in first && "Performance_Units" in first)
      return { kind: "summary-results", records, around: {} };
    if ("MlperfModel" in first && "benchmark_version" in first)
      return { kind: "cmx-summary", records, around: {} };
    if (first.schema === "flexbench.contribution/1") return { kind: "contribution", records, around: {} };
    if (isSubmissionSummary(first)) return { kind: "submission-summary", records, around: {} };
    if ("MlperfModel" in first && "version" in first) return { kind: "cm4mlperf", records, around: {} };
    return null;
  }
  if (!isRecord(content)) return null;
  if (content.schema === "flexbench.contribution/1" && isRecord(content.row))
    return { kind: "contribution", records: [content], around: {} };
  if (content.schema === recordSchemaName) return { kind: "flexbench-run", records: [content], around: {} };
  if (isRecord(content.systems)) return { kind: "systems", records: [content.systems], around: content };
  const summary = submissionRecords(content);
  if (summary !== null) return { kind: "submission-summary", records: summary, around: {} };
  if (!Array.isArray(content.rows)) return null;
  const records = content.rows.filter(isRecord);
  const first = records[0];
  if (first === undefined) return null;
  if (isRecord(first.log)) return { kind: "joined-logs", records, around: content };
  return "MlperfModel" in first ? { kind: "cm4mlperf", records, around: content } : null;
}

/** Columns of every row of a published table. */
export function provenanceColumns(from: Provenance, kind: SourceKind, sourceRow: number): PartialRow {
  return {
    origin: "official",
    source: from.source,
    source_kind: kind,
    source_url: from.url,
    source_commit: from.commit,
    source_licence: from.licence,
    source_file: from.file,
    source_row: sourceRow,
  };
}

/** The repository of an address within it, such as `https://github.com/mlcommons/inference_results_v5.0`. */
export function repositoryOf(address: unknown): string | null {
  return /^(https?:\/\/[^/]+\/[^/]+\/[^/]+)/.exec(textOf(address) ?? "")?.[1] ?? null;
}

/** A draft without a system description. */
export function draftOf(row: PartialRow, system: Draft["system"] = null): Draft {
  return { row, system };
}
