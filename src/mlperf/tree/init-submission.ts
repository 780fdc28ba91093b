import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { type Problem, UsageError } from "../../errors.ts";
import { flexbenchVersion } from "../../results/version.ts";
import type { Suite } from "../benchmark-rules.ts";
import type { Division } from "../check/submission-tree.ts";
import { type Answers, type Ask, askFor, readAnswersFile } from "../system/answer-fields.ts";
import {
  completed,
  fieldsOf,
  openFields,
  type SystemDescription,
  valueProblems,
} from "../system/system-fields.ts";
import { findNotes, newNotes, type SubmissionNotes, submitterPath, writeNotes } from "./submission-notes.ts";
import { calibrationTemplate, sourceReadme, unquantisedCalibration } from "./tree-documents.ts";

/** What a tree is made of. */
export interface InitOptions {
  /** Name of the submitter's folder. */
  submitter: string;
  division: Division;
  /** @default "datacenter" */
  category?: Suite;
  /** Description of a system, as `flexbench system` writes it; the file's name names the system. @default none */
  systemFile?: string | null;
  /** Fields of the system beyond its file; they win. @default none */
  answers?: Answers;
  /** Asks a person for fields that are still open. @default nobody is asked */
  ask?: Ask | null;
  /** `unquantised`, or a Markdown file. @default a form that has to be filled in */
  calibration?: string | null;
}

/** What was made. */
export interface InitOutcome {
  /** Files that were written, from the root of the tree. */
  written: string[];
  /** Name of the system that is described now; null for none. */
  system: string | null;
}

const plainName = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

/**
 * Makes the tree of a submission, or adds a system to one. Documents that are there already are left as they are.
 * Throws a UsageError with everything that is wrong: `SUBMISSION_NAME`, `SUBMISSION_OTHER` when the folder belongs to
 * another submission, `SUBMISSION_FOLDER` when it holds other files, `SYSTEM_INCOMPLETE` with every open field.
 */
export async function initSubmission(root: string, options: InitOptions): Promise<InitOutcome> {
  const notes = await notesFor(root, options);
  const folder = submitterPath(notes);
  const system = options.systemFile ? await readSystem(options.systemFile, notes, options) : null;
  const calibration = await calibrationText(options.calibration ?? null);
  const written: string[] = [];
  const write = async (path: string, text: string, replaces: boolean): Promise<void> => {
    const file = join(root, folder, path);
    const now = await readFile(file, "utf8").catch(() => null);
    if (now === text || (now !== null && !replaces)) return;
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
    written.push(`${folder}/${path}`);
  };
  await write("src/README.md", sourceReadme(flexbenchVersion()), false);
  await write("documentation/calibration.md", calibration.text, calibration.isGiven);
  if (notes.division === "open") await write("model_mapping.json", "{}\n", false);
  if (system !== null) {
    await write(`systems/${system.name}.json`, `${JSON.stringify(system.description, null, 2)}\n`, true);
    notes.systems[system.name] ??= { identity: null, measurements: {} };
  }
  await writeNotes(root, notes);
  return { written, system: system?.name ?? null };
}

async function notesFor(root: string, options: InitOptions): Promise<SubmissionNotes> {
  const { submitter, division, category = "datacenter" } = options;
  if (!plainName.test(submitter)) throw nameError("--submitter", submitter);
  const notes = await findNotes(root);
  if (notes === null) {
    const names = await readdir(root).catch(() => []);
    if (names.length === 0) return newNotes({ division, submitter, category });
    const message = "holds files already, and no submission of FlexBench's";
    throw new UsageError("SUBMISSION_FOLDER", [{ where: root, message }], {
      hint: "Name a new or an empty folder.",
    });
  }
  const given = { submitter, division, category };
  const problems = (["submitter", "division", "category"] as const)
    .filter((key) => notes[key] !== given[key])
    .map((key) => ({ where: `--${key}`, message: `is ${given[key]}, but the tree is for ${notes[key]}` }));
  if (problems.length === 0) return notes;
  throw new UsageError("SUBMISSION_OTHER", problems, { hint: "Make a tree of its own in another folder." });
}

interface NamedSystem {
  name: string;
  description: SystemDescription;
}

async function readSystem(
  file: string,
  { division, submitter, category }: SubmissionNotes,
  { answers = {}, ask = null }: InitOptions,
): Promise<NamedSystem> {
  const name = basename(file).replace(/\.(json|ya?ml)$/, "");
  if (!plainName.test(name)) throw nameError("--system", name);
  const fields = fieldsOf(division);
  const known = new Set(fields.map((field) => field.name));
  const problems: Problem[] = Object.keys(answers)
    .filter((field) => !known.has(field))
    .map((field) => ({ where: `--answer ${field}`, message: "is no field of a system" }));
  const told = await readAnswersFile(file);
  const description = completed(
    {
      ...told,
      system_type: told.system_type || category,
      ...(division === "network" ? { is_network: "true" } : {}),
      ...answers,
      division,
      submitter,
    },
    fields,
  );
  if (ask !== null && problems.length === 0)
    Object.assign(description, await askFor(openFields(description, fields), ask));
  for (const { name: field, question } of openFields(description, fields))
    problems.push({ where: `${file}: ${field}`, message: `is not known: ${question}` });
  for (const { field, message } of valueProblems(description))
    problems.push({ where: `${file}: ${field}`, message: `is "${description[field]}" and ${message}` });
  if (!String(description.system_type).split(",").includes(category))
    problems.push({
      where: `${file}: system_type`,
      message: `is ${description.system_type}, but the tree is for ${category}`,
    });
  if (problems.length === 0) return { name, description };
  throw new UsageError("SYSTEM_INCOMPLETE", problems, {
    hint: "Answer with --answer FIELD=VALUE, with --answers FILE, or in the file itself.",
  });
}

async function calibrationText(given: string | null): Promise<{ text: string; isGiven: boolean }> {
  if (given === null) return { text: calibrationTemplate, isGiven: false };
  if (given === "unquantised") return { text: unquantisedCalibration, isGiven: true };
  try {
    return { text: await readFile(given, "utf8"), isGiven: true };
  } catch (cause) {
    const message = `${given} is neither "unquantised" nor a file that can be read`;
    throw new UsageError("CALIBRATION_UNREADABLE", [{ where: "--calibration", message }], { cause });
  }
}

function nameError(where: string, name: string): UsageError {
  const message = `gives the name "${name}"; names of folders are letters, digits, ".", "_" and "-"`;
  return new UsageError("SUBMISSION_NAME", [{ where, message }]);
}
