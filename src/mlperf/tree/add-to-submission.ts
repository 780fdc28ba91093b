import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { UsageError } from "../../errors.ts";
import { type BenchmarkRules, benchmarkRules } from "../benchmark-rules.ts";
import type { CheckProblem } from "../check/rule.ts";
import { type Answers, type Ask, readAnswersFile } from "../system/answer-fields.ts";
import type { SystemDescription } from "../system/system-fields.ts";
import { type GivenFolders, type GivenResult, readGivenFolders, sortIntoResults } from "./given-folders.ts";
import { completeMeasurements } from "./measurements.ts";
import { identityOf, otherFramework, otherSystem } from "./same-system.ts";
import {
  notesFolder,
  readNotes,
  type SubmissionNotes,
  type SystemIdentity,
  submitterPath,
  writeNotes,
} from "./submission-notes.ts";
import { fillInMark } from "./tree-documents.ts";
import { takenTests, writeResult } from "./write-result.ts";

/** How runs are added. */
export interface AddOptions {
  /** Name of the system that they are of. @default the only one of the tree */
  system?: string | null;
  /** Fields of measurements.json; they are kept for the benchmark. @default those kept */
  measurements?: Answers;
  /** Asks a person for fields that are still open. @default nobody is asked */
  ask?: Ask | null;
  /** Own name of the model, in the open division. @default the benchmark's name */
  modelName?: string | null;
  /** Takes the place of other runs of the same tests. @default false */
  replace?: boolean;
  /** Rules of a round scaled down, for tests. @default those of the current round */
  rules?: Readonly<Record<string, BenchmarkRules>>;
  /** Takes runs against the simulator, for tests. @default false */
  allowSimulated?: boolean;
}

/** One result of the tree that was written to. */
export interface AddedResult {
  /** Its folder, from the root of the tree. */
  path: string;
  /** Files that were written, from its folder. */
  files: string[];
}

/** What was added. */
export interface AddOutcome {
  results: AddedResult[];
  /** Documents that a person still has to complete, from the root of the tree. */
  openDocuments: string[];
}

/**
 * Adds runs and audits to a tree: LoadGen's logs byte for byte, and the files that a result needs beside them. Whole
 * accuracy logs are kept outside the tree. Throws a UsageError: `RUN_REFUSED` with every reason of every run, each with
 * file and rule; `MEASUREMENTS_OPEN`; `SYSTEM_UNCLEAR`; as `readRecord` for what is no run. Then nothing was written.
 */
export async function addToSubmission(
  root: string,
  folders: readonly string[],
  options: AddOptions = {},
): Promise<AddOutcome> {
  const notes = await readNotes(root);
  const system = await chooseSystem(root, notes, options.system ?? null);
  const modelName = options.modelName ?? null;
  if (modelName !== null) checkModelName(modelName, notes);
  const given = await readGivenFolders(folders);
  const { results, problems } = await sortIntoResults(given, {
    division: notes.division,
    allowSimulated: options.allowSimulated ?? false,
    table: options.rules ?? benchmarkRules,
  });
  const identity = problemsOfSystem(given, results, system, problems);
  const places = results.map((result) => {
    const benchmark = modelName ?? result.rules.name;
    return {
      result,
      benchmark,
      path: `${submitterPath(notes)}/results/${system.name}/${benchmark}/${result.scenario}`,
    };
  });
  if (options.replace !== true)
    for (const { result, path } of places) problems.push(...(await takenTests(result, join(root, path))));
  if (problems.length > 0) throw refusal(problems);

  const kept = notes.systems[system.name] ?? { identity: null, measurements: {} };
  notes.systems[system.name] = { ...kept, identity };
  for (const { result, benchmark } of places) {
    if (result.performance === null && result.accuracy === null) continue;
    kept.measurements[benchmark] = await completeMeasurements(
      kept.measurements[benchmark] ?? {},
      options.measurements ?? {},
      { ask: options.ask ?? null, benchmark },
    );
  }
  const outcome: AddOutcome = { results: [], openDocuments: [] };
  for (const { result, benchmark, path } of places) {
    const files = await writeResult(result, {
      folder: join(root, path),
      keptLogs: join(notesFolder(root), "accuracy-logs", path),
      systemName: system.name,
      system: system.description,
      measurements: kept.measurements[benchmark] ?? null,
    });
    if (benchmark !== result.rules.name) await mapModel(root, notes, benchmark, result.rules.name);
    outcome.results.push({ path, files });
  }
  await writeNotes(root, notes);
  outcome.openDocuments = await openDocuments(root, notes);
  return outcome;
}

interface ChosenSystem {
  name: string;
  /** From the root of the tree. */
  file: string;
  description: SystemDescription;
  identity: SystemIdentity | null;
}

async function chooseSystem(
  root: string,
  notes: SubmissionNotes,
  wanted: string | null,
): Promise<ChosenSystem> {
  const names = Object.keys(notes.systems);
  const name = wanted ?? (names.length === 1 ? names[0] : undefined);
  const kept = name === undefined ? undefined : notes.systems[name];
  if (name === undefined || kept === undefined) {
    const message =
      wanted === null ? `the tree describes ${names.length} systems` : `the tree describes no ${wanted}`;
    throw new UsageError("SYSTEM_UNCLEAR", [{ where: "--system", message }], {
      hint:
        names.length === 0
          ? "Describe one: flexbench system --output NAME.json, then flexbench submission init … --system NAME.json."
          : `It describes ${names.join(", ")}.`,
    });
  }
  const file = `${submitterPath(notes)}/systems/${name}.json`;
  const description = await readAnswersFile(join(root, file));
  return { name, file, description, identity: kept.identity };
}

/** Gives what tells the system from others: as known, or as the first run says; differences become problems. */
function problemsOfSystem(
  { runs, audits }: GivenFolders,
  results: readonly GivenResult[],
  system: ChosenSystem,
  problems: CheckProblem[],
): SystemIdentity | null {
  let { identity } = system;
  for (const { folder, record } of [...runs, ...audits]) {
    const own = identityOf(record);
    identity ??= own;
    problems.push(...otherSystem(folder, own, { name: system.name, identity }));
    problems.push(...otherFramework(folder, record, system.description, system.file));
  }
  const types = String(system.description.system_type).split(",");
  for (const { name, suite } of new Set(results.map(({ rules }) => rules))) {
    if (types.includes(suite)) continue;
    const message = `system_type is ${types.join(",")}, and ${name} is a benchmark for ${suite}`;
    problems.push({ file: system.file, rule: "system-suite", message });
  }
  return identity;
}

function checkModelName(modelName: string, { division }: SubmissionNotes): void {
  const complain = (message: string): UsageError =>
    new UsageError("MODEL_NAME", [{ where: "--model-name", message }]);
  if (division !== "open")
    throw complain(`is for the open division; in ${division} the benchmark's name stands`);
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(modelName))
    throw complain(`"${modelName}" is no name of a folder: letters, digits, ".", "_" and "-"`);
}

/** Says in the open division which benchmark a model of another name is for. */
async function mapModel(
  root: string,
  notes: SubmissionNotes,
  name: string,
  benchmark: string,
): Promise<void> {
  const file = join(root, submitterPath(notes), "model_mapping.json");
  const mapping = existsSync(file) ? await readAnswersFile(file) : {};
  await writeFile(file, `${JSON.stringify({ ...mapping, [name]: benchmark }, null, 2)}\n`);
}

/** The calibration document while it is still the form; the open division needs none. */
export async function openDocuments(root: string, notes: SubmissionNotes): Promise<string[]> {
  if (notes.division === "open") return [];
  const path = `${submitterPath(notes)}/documentation/calibration.md`;
  const text = await readFile(join(root, path), "utf8").catch(() => "");
  return text.includes(fillInMark) ? [path] : [];
}

function refusal(problems: readonly CheckProblem[]): UsageError {
  return new UsageError(
    "RUN_REFUSED",
    problems.map(({ file, rule, message }) => ({ where: file, message: `${message} [${rule}]` })),
    { hint: "Nothing was added. docs/submission.md says what each rule is for." },
  );
}
