import { readdir, readFile, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { UsageError } from "../../errors.ts";
import type { SourceSpec } from "../build-file.ts";
import { readSystemDescription } from "../read-system.ts";
import type { Draft, PartialRow } from "../row.ts";
import { readCm4mlperf, readCmxSummary } from "./cmx-summary.ts";
import { readContributions, readRun, type ToldFacts } from "./contributions.ts";
import { logEvidence } from "./joined-logs.ts";
import { type JsonRecord, textOf } from "./json-values.ts";
import { isResultsCheckout, readResultsCheckout } from "./results-checkout.ts";
import { type Provenance, type RecognizedFile, recognizeFile, type SourceKind } from "./source-file.ts";
import { readSummaryResults } from "./summary-results.ts";

/** A file that was passed over, and why. */
export interface PassedOver {
  file: string;
  why: string;
}

/** What a source gave. */
export interface SourceContent {
  /** Rows of each published table; those of MLCommons itself come first. */
  tables: Draft[][];
  passedOver: PassedOver[];
}

/** Forms that hold tables, from the one that leads on. */
const tableKinds: readonly SourceKind[] = ["summary-results", "cmx-summary", "cm4mlperf", "contribution"];
/** JSON that is no table and may be large. */
const rawLog = /(^|\/)mlperf_log_[^/]*\.json$/;

interface ReadFile extends RecognizedFile {
  name: string;
}

/**
 * Reads one source: its tables, completed by the raw logs and system descriptions that lie beside them. In a checkout of a
 * results repository the tables lie at its root, and the rows of its raw logs follow them.
 * Throws UsageError `DATASET_SOURCE` when it cannot be read.
 */
export async function readSource(source: SourceSpec): Promise<SourceContent> {
  if (!(await isResultsCheckout(source.path))) return readTables(source, await jsonFiles(source));
  const published = await readTables(source, await jsonFiles(source, { recursive: false }));
  const [first] = published.tables.flat();
  const round = source.round ?? first?.row.round ?? null;
  const { drafts, withoutFigure } = await readResultsCheckout({ ...source, round });
  const why = "has no summary of a performance test with a figure";
  return {
    tables: [...published.tables, drafts],
    passedOver: [...published.passedOver, ...withoutFigure.map((file) => ({ file, why }))],
  };
}

async function readTables(
  source: SourceSpec,
  paths: readonly { name: string; path: string }[],
): Promise<SourceContent> {
  const passedOver: PassedOver[] = [];
  const files: ReadFile[] = [];
  for (const { name, path } of paths) {
    const recognized = await recognize(path);
    if (typeof recognized === "string") passedOver.push({ file: name, why: recognized });
    else files.push({ ...recognized, name });
  }
  const evidence = logEvidence(recordsOf(files, "joined-logs"), recordsOf(files, "systems"));
  const tables = files
    .map((file) => ({ file, rank: tableKinds.indexOf(file.kind), drafts: draftsOf(file, source) }))
    .filter(({ rank }) => rank >= 0)
    .toSorted((one, other) => one.rank - other.rank);
  const runs: Draft[] = [];
  const told = await toldFacts(source, files);
  for (const { name, kind, records } of files) {
    if (kind !== "flexbench-run") continue;
    for (const record of records) {
      const outcome = readRun(record, provenanceOf(source, name, null), told);
      if (typeof outcome === "string") passedOver.push({ file: name, why: outcome });
      else runs.push(outcome);
    }
  }
  for (const { file, drafts } of tables) {
    const lost = file.records.length - drafts.length;
    if (lost > 0)
      passedOver.push({ file: file.name, why: `${lost} of ${file.records.length} rows hold no figure` });
  }
  const published = tables.map(({ drafts }) => evidence.complete(drafts));
  return { tables: runs.length === 0 ? published : [...published, runs], passedOver };
}

/** The description of the system is read only where there are runs that need it. */
async function toldFacts({ system, set }: SourceSpec, files: readonly ReadFile[]): Promise<ToldFacts> {
  if (system === null || files.every(({ kind }) => kind !== "flexbench-run"))
    return { system: null, set: set as PartialRow };
  return { system: await readSystemDescription(system, "DATASET_SOURCE"), set: set as PartialRow };
}

async function jsonFiles(
  { path }: SourceSpec,
  { recursive } = { recursive: true },
): Promise<{ name: string; path: string }[]> {
  try {
    if (!(await stat(path)).isDirectory()) return [{ name: basename(path), path }];
    const names = (await readdir(path, { recursive })).filter(
      (name) => name.endsWith(".json") && !rawLog.test(name),
    );
    return names.toSorted().map((name) => ({ name, path: join(path, name) }));
  } catch (cause) {
    throw new UsageError("DATASET_SOURCE", [{ where: path, message: "cannot be read" }], { cause });
  }
}

async function recognize(path: string): Promise<RecognizedFile | string> {
  try {
    return (
      recognizeFile(JSON.parse(await readFile(path, "utf8"))) ?? "holds no form of results that is known"
    );
  } catch {
    return "is no JSON";
  }
}

function recordsOf(files: readonly ReadFile[], kind: ReadFile["kind"]) {
  return files
    .filter((file) => file.kind === kind)
    .flatMap(({ records, around }) =>
      records.map((record: JsonRecord) => ({
        ...{ round: textOf(around.round), commit: textOf(around.origin_commit), record },
      })),
    );
}

function draftsOf({ kind, records, around, name }: ReadFile, source: SourceSpec): Draft[] {
  const from = provenanceOf(source, name, textOf(around.origin_commit));
  if (kind === "summary-results") return readSummaryResults(records, from);
  if (kind === "cmx-summary") return readCmxSummary(records, from);
  if (kind === "cm4mlperf") return readCm4mlperf(records, from);
  return kind === "contribution" ? readContributions(records, from) : [];
}

function provenanceOf(source: SourceSpec, file: string, commit: string | null): Provenance {
  return { source: source.name, url: source.url, commit: source.commit ?? commit, file };
}
