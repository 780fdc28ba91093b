import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { readFile, rename, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { pack as createTar, type Header, type Pack } from "tar-stream";
import { EnvironmentError } from "../../errors.ts";
import { type CheckedResult, type CheckOptions, checkSubmission } from "../check/check-submission.ts";
import type { CheckProblem } from "../check/rule.ts";
import { divisions } from "../check/submission-tree.ts";
import { listTree, type TreeEntry } from "../check/tree-entries.ts";
import { fillInMark } from "./tree-documents.ts";

/** How a tree is packed. */
export interface PackOptions extends Pick<CheckOptions, "rules" | "audits"> {
  /** @default the tree's folder with `.tar.gz` */
  output?: string | null;
}

/** The archive, or why there is none. */
export type PackOutcome =
  | {
      archive: string;
      /** SHA-256 of the archive, hex. */
      sha256: string;
      bytes: number;
      files: number;
      results: CheckedResult[];
    }
  | { archive: null; problems: CheckProblem[] };

/**
 * Checks a tree and packs it: the same tree gives the same bytes. A tree with problems is not packed. Throws an
 * EnvironmentError `ARCHIVE_NOT_WRITTEN`, and as `checkSubmission` does.
 */
export async function packSubmission(root: string, options: PackOptions = {}): Promise<PackOutcome> {
  const { output = null, ...checked } = options;
  const { results, problems } = await checkSubmission(root, checked);
  const entries = packedEntries(await listTree(root));
  const found = [...problems, ...(await unfinishedDocuments(root, entries))];
  if (found.length > 0) return { archive: null, problems: found };
  const archive = resolve(output ?? `${resolve(root)}.tar.gz`);
  try {
    const { sha256, bytes } = await writeArchive(root, entries, archive);
    const files = entries.filter(({ kind }) => kind === "file").length;
    return { archive, sha256, bytes, files, results };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new EnvironmentError("ARCHIVE_NOT_WRITTEN", `${archive} could not be written (${reason}).`, {
      hint: "Name another place with --output.",
      cause,
    });
  }
}

/** The divisions, and documents at the root. */
function packedEntries(entries: readonly TreeEntry[]): TreeEntry[] {
  return entries.filter(({ path, kind }) => {
    const [top = ""] = path.split("/");
    return (
      (divisions as readonly string[]).includes(top) ||
      (kind === "file" && /^[^/.][^/]*\.(md|pdf)$/.test(path))
    );
  });
}

/** Documents that still hold the mark of a form. */
async function unfinishedDocuments(root: string, entries: readonly TreeEntry[]): Promise<CheckProblem[]> {
  const documents = entries.filter(
    ({ path }) => path.endsWith("/calibration.md") && !path.startsWith("open/"),
  );
  const problems: CheckProblem[] = [];
  for (const { path } of documents) {
    if (!(await readFile(join(root, path), "utf8")).includes(fillInMark)) continue;
    const message = `it still holds the line "${fillInMark} …" of the form`;
    problems.push({ file: path, rule: "calibration-written", message });
  }
  return problems;
}

/** What differs from one copy of a tree to the next and says nothing; tar warns of files as old as the epoch. */
const sameForAll = { mtime: new Date("2000-01-01T00:00:00Z"), uid: 0, gid: 0, uname: "", gname: "" };

async function writeArchive(
  root: string,
  entries: readonly TreeEntry[],
  archive: string,
): Promise<{ sha256: string; bytes: number }> {
  const tar = createTar();
  const hash = createHash("sha256");
  let bytes = 0;
  const counted = new Transform({
    transform(piece: Buffer, _encoding, done) {
      hash.update(piece);
      bytes += piece.length;
      done(null, piece);
    },
  });
  const partial = `${archive}.partial`;
  try {
    await Promise.all([
      pipeline(Readable.from(tar), createGzip({ level: 9 }), counted, createWriteStream(partial)),
      addEntries(tar, root, entries),
    ]);
    await rename(partial, archive);
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
  return { sha256: hash.digest("hex"), bytes };
}

async function addEntries(tar: Pack, root: string, entries: readonly TreeEntry[]): Promise<void> {
  try {
    for (const { path, kind } of entries) {
      if (kind === "folder") {
        await addEntry(tar, { ...sameForAll, name: `${path}/`, type: "directory", mode: 0o755 }, null);
      } else {
        // The check lets no file pass that is too large for memory.
        const content = await readFile(join(root, path));
        await addEntry(tar, { ...sameForAll, name: path, size: content.length, mode: 0o644 }, content);
      }
    }
    tar.finalize();
  } catch (error) {
    tar.destroy(error instanceof Error ? error : new Error(String(error)));
    throw error;
  }
}

function addEntry(
  tar: Pack,
  header: Partial<Header> & { name: string },
  content: Buffer | null,
): Promise<void> {
  return new Promise((resolveEntry, reject) => {
    const done = (error?: Error | null): void => (error ? reject(error) : resolveEntry());
    if (content === null) tar.entry(header, done);
    else tar.entry(header, content, done);
  });
}
