import { readdir, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { UsageError } from "../../errors.ts";
import type { SourceSpec } from "../build-file.ts";
import type { Repair } from "../forms/repairs.ts";
import { readSystemDescription } from "../read-system.ts";
import type { Draft, PartialRow } from "../row.ts";
import { readContributions, readRun, type ToldFacts } from "./contributions.ts";
import { isEarlierBuild, readEarlierBuild } from "./earlier-build.ts";
import { readCm4mlperf, readCmxSummary, readSubmissionSummary } from "./imported-tables.ts";
import type { EvidenceRecord } from "./joined-logs.ts";
import { textOf } from "./json-values.ts";
import { isResultsCheckout, readResultsCheckout } from "./results-checkout.ts";
import {
  type Provenance,
  type RecognizedFile,
  recognizeAt,
  type SourceKind,
  type Unrecognized,
} from "./source-file.ts";
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
  /** Rows of an earlier build of the dataset, which stay unless another source gives them anew. */
  earlier: Draft[];
  /** What the earlier build repaired in them. */
  repairs: Repair[];
  /** What is known of published rows, wherever these stand. */
  logs: EvidenceRecord[];
  systems: EvidenceRecord[];
  passedOver: PassedOver[];
}

/** Forms that hold tables, from the one that leads on. */
const tableKinds: readonly SourceKind[] = [
  "summary-results",
  "submission-summary",
  "cmx-summary",
  "cm4mlperf",
  "contribution",
];
/** JSON that is no table and may be large. */
const rawLog = /(^|\/)mlperf_log_[^/]*\.json$/;
/** Published tables: a build without them would lack a round, so they are never passed over. */
const publishedTable = /^(summary|summary_results|cmx-result-summary)\.json$/;

interface ReadFile extends RecognizedFile {
  name: string;
}

/**
 * Reads one source: its tables, and the raw logs and system descriptions that complete rows of any source. In a checkout of
 * a results repository the tables lie at its root, and the rows of its raw logs follow them. What is asked for by name must
 * be there: throws UsageError `DATASET_SOURCE` with the file and the cause where it cannot be read or gives nothing.
 */
export async function readSource(source: SourceSpec): Promise<SourceContent> {
  if (await isEarlierBuild(source.path)) return { ...empty, ...(await readEarlierBuild(source)) };
  if (!(await isResultsCheckout(source.path)))
    return somethingOf(source, await readTables(source, await jsonFiles(source)));
  const published = await readTables(source, await jsonFiles(source, { recursive: false }));
  const [first] = published.tables.flat();
  const round = source.round ?? first?.row.round ?? null;
  const { drafts, withoutFigure } = await readResultsCheckout({ ...source, round });
  const why = "has no summary of a performance test with a figure";
  return somethingOf(source, {
    ...published,
    tables: [...published.tables, drafts],
    passedOver: [...published.passedOver, ...withoutFigure.map((file) => ({ file, why }))],
  });
}

const empty: SourceContent = { tables: [], earlier: [], repairs: [], logs: [], systems: [], passedOver: [] };

/** A source that gives nothing would take away rows without a word. */
function somethingOf(source: SourceSpec, content: SourceContent): SourceContent {
  if (content.tables.flat().length + content.logs.length + content.systems.length > 0) return content;
  const isFile = content.passedOver.length === 1 && content.passedOver[0]?.file === basename(source.path);
  throw new UsageError(
    "DATASET_SOURCE",
    content.passedOver.length === 0
      ? [{ where: source.path, message: "holds no file of results" }]
      : content.passedOver.map(({ file, why }) => ({
          where: isFile ? source.path : join(source.path, file),
          message: why,
        })),
    { hint: "A source that gives no row is left out of the build file, so that no row goes unnoticed." },
  );
}

async function readTables(
  source: SourceSpec,
  paths: readonly { name: string; path: string }[],
): Promise<SourceContent> {
  const passedOver: PassedOver[] = [];
  const files: ReadFile[] = [];
  for (const { name, path } of paths) {
    const recognized = await recognizeAt(path);
    if ("why" in recognized) passedOver.push(passOver(recognized, { name, path }));
    else files.push({ ...recognized, name });
  }
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
  const published = tables.map(({ drafts }) => drafts);
  return {
    ...empty,
    tables: runs.length === 0 ? published : [...published, runs],
    logs: evidenceOf(source, files, "joined-logs"),
    systems: evidenceOf(source, files, "systems"),
    passedOver,
  };
}

function passOver(
  { why, isBroken }: Unrecognized,
  { name, path }: { name: string; path: string },
): PassedOver {
  if (isBroken && publishedTable.test(basename(path)))
    throw new UsageError("DATASET_SOURCE", [{ where: path, message: why }]);
  return { file: name, why };
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

function evidenceOf(source: SourceSpec, files: readonly ReadFile[], kind: SourceKind): EvidenceRecord[] {
  return files
    .filter((file) => file.kind === kind)
    .flatMap(({ name, records, around }) => {
      const round = textOf(around.round) ?? source.round;
      const commit = textOf(around.origin_commit);
      return records.map((record) => ({ source: source.name, file: name, round, commit, record }));
    });
}

function draftsOf({ kind, records, around, name }: ReadFile, source: SourceSpec): Draft[] {
  const from = provenanceOf(source, name, textOf(around.origin_commit));
  if (kind === "summary-results") return readSummaryResults(records, from);
  if (kind === "submission-summary") return readSubmissionSummary(records, from, source.round);
  if (kind === "cmx-summary") return readCmxSummary(records, from);
  if (kind === "cm4mlperf") return readCm4mlperf(records, from);
  return kind === "contribution" ? readContributions(records, from) : [];
}

function provenanceOf(source: SourceSpec, file: string, commit: string | null): Provenance {
  const { name, url, licence } = source;
  return { source: name, url, commit: source.commit ?? commit, licence, file };
}
