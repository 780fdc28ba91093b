import { createHash } from "node:crypto";
import { createReadStream, existsSync } from "node:fs";
import { createInterface } from "node:readline";
import { type DetailEntry, parseDetailEntry } from "../../loadgen/detail-log.ts";

/** What a gate needs of one detail log of LoadGen. */
export interface DetailRecord {
  /** From the root of the submission. */
  path: string;
  /** SHA-256 of the file, hex. */
  sha256: string;
  /** First entry of each key, as the official parser reads them. */
  first: ReadonlyMap<string, DetailEntry>;
  errors: readonly DetailEntry[];
  warnings: readonly DetailEntry[];
  /** Samples that LoadGen generated, over all its sets. */
  generatedSamples: number;
  /** Lines that the official parser stops at, by number from 1, with the reason. */
  brokenLines: readonly { line: number; reason: string }[];
}

const marker = ":::MLLOG";

/** Reads a detail log once; null when it is not there. */
export async function readDetailRecord(absolutePath: string, path: string): Promise<DetailRecord | null> {
  if (!existsSync(absolutePath)) return null;
  const input = createReadStream(absolutePath);
  const hash = createHash("sha256");
  input.on("data", (piece) => hash.update(piece));
  const first = new Map<string, DetailEntry>();
  const errors: DetailEntry[] = [];
  const warnings: DetailEntry[] = [];
  const brokenLines: { line: number; reason: string }[] = [];
  let queries = 0;
  let generatedSamples = 0;
  let line = 0;
  for await (const text of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    line += 1;
    const reason = complaintOf(text, line);
    if (reason !== null) brokenLines.push({ line, reason });
    const entry = parseDetailEntry(text);
    if (entry === null) continue;
    if (!first.has(entry.key)) first.set(entry.key, entry);
    if (entry.isError) errors.push(entry);
    if (entry.isWarning) warnings.push(entry);
    if (entry.key === "generated_query_count") queries = Number(entry.value);
    if (entry.key === "generated_samples_per_query") generatedSamples += queries * Number(entry.value);
  }
  if (line === 0) brokenLines.push({ line: 1, reason: "the file is empty" });
  return { path, sha256: hash.digest("hex"), first, errors, warnings, generatedSamples, brokenLines };
}

function complaintOf(text: string, line: number): string | null {
  if (!text.startsWith(marker)) return line === 1 ? `it does not start with ${marker}` : null;
  try {
    JSON.parse(text.slice(marker.length));
    return null;
  } catch {
    return /"value": -?(nan|inf)/.test(text)
      ? "it holds a figure that does not exist (nan or inf), as after a test of one query"
      : "it is no JSON";
  }
}

/** A number of the log; null when it is not there or is no number. */
export function numberOf(log: DetailRecord, key: string): number | null {
  const value = log.first.get(key)?.value;
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}

/** A value of the log as text, whole numbers with all their digits; null when it is not there. */
export function textOf(log: DetailRecord, key: string): string | null {
  const value = log.first.get(key)?.value;
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean"
    ? String(value)
    : null;
}
