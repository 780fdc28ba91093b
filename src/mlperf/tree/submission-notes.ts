import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { parse, stringify } from "yaml";
import { z } from "zod";
import { UsageError } from "../../errors.ts";
import { divisions } from "../check/submission-tree.ts";

const schemaName = "flexbench.submission/1";

/** What tells one system from another by its runs. */
const identity = z.object({
  server: z.string().nullable(),
  serverVersion: z.string().nullable(),
  /** Machine that LoadGen and the client run on. */
  client: z.string(),
});

const answers = z.record(z.string(), z.union([z.string(), z.number()]));

const notesSchema = z.object({
  schema: z.literal(schemaName),
  division: z.enum(divisions),
  submitter: z.string(),
  category: z.enum(["datacenter", "edge"]),
  systems: z
    .record(
      z.string(),
      z.object({
        /** Null until the first run of it. */
        identity: identity.nullable().default(null),
        /** What was answered for measurements.json, by benchmark folder. */
        measurements: z.record(z.string(), answers).default({}),
      }),
    )
    .default({}),
});

/** What FlexBench keeps of a submission beside its tree: answers that are asked for once, and whose runs are in it. */
export type SubmissionNotes = z.infer<typeof notesSchema>;

/** What tells one system from another by its runs. */
export type SystemIdentity = z.infer<typeof identity>;

/** Folder of FlexBench's own files of a submission: beside the tree, as the checkers allow no other files in it. */
export function notesFolder(root: string): string {
  return `${resolve(root)}.flexbench`;
}

/** Folder of the submitter in a tree, from its root. */
export function submitterPath({
  division,
  submitter,
}: Pick<SubmissionNotes, "division" | "submitter">): string {
  return `${division}/${submitter}`;
}

const notesFile = (root: string): string => join(notesFolder(root), "submission.yaml");

/** The notes of a new submission. */
export function newNotes(
  submission: Pick<SubmissionNotes, "division" | "submitter" | "category">,
): SubmissionNotes {
  return { schema: schemaName, ...submission, systems: {} };
}

/** The notes of a tree, or null when there are none. Throws a UsageError `SUBMISSION_NOTES` for notes that are broken. */
export async function findNotes(root: string): Promise<SubmissionNotes | null> {
  const file = notesFile(root);
  const text = await readFile(file, "utf8").catch(() => null);
  if (text === null) return null;
  const read = notesSchema.safeParse(readYaml(text));
  if (read.success) return read.data;
  const problems = read.error.issues.map(({ path, message }) => ({
    where: `${file}: ${path.join(".")}`,
    message,
  }));
  throw new UsageError("SUBMISSION_NOTES", problems, {
    hint: "`flexbench submission init` makes new ones when the file is removed.",
  });
}

/** As `findNotes`; throws a UsageError `SUBMISSION_UNKNOWN` when there are none. */
export async function readNotes(root: string): Promise<SubmissionNotes> {
  const notes = await findNotes(root);
  if (notes !== null) return notes;
  throw new UsageError("SUBMISSION_UNKNOWN", [{ where: root, message: "is no tree of `submission init`" }], {
    hint: `Make it first: flexbench submission init ${root} --submitter NAME --division open`,
  });
}

/** Writes the notes, whole or not at all. */
export async function writeNotes(root: string, notes: SubmissionNotes): Promise<void> {
  const file = notesFile(root);
  await mkdir(notesFolder(root), { recursive: true });
  await writeFile(`${file}.partial`, stringify(notes));
  await rename(`${file}.partial`, file);
}

function readYaml(text: string): unknown {
  try {
    return parse(text);
  } catch {
    return null;
  }
}
