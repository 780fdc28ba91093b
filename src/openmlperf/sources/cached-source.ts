import { createHash } from "node:crypto";
import { readdir, readFile, rm, stat } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { flexbenchVersion } from "../../results/version.ts";
import { writeWhole } from "../../results/write-whole.ts";
import type { SourceSpec } from "../build-file.ts";
import { readSource, type SourceContent } from "./read-source.ts";

/** What sources gave, kept in a folder between builds. */
export class SourceCache {
  readonly #folder: string;
  readonly #used = new Set<string>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /**
   * What a source gives: as it was kept while none of its files changed name, size or time and the code is the same; else
   * read anew. Throws what `readSource` throws.
   */
  async read(source: SourceSpec): Promise<SourceContent> {
    const state = await stateOf(source);
    if (state === null) return await readSource(source);
    const name = `${state}.json`;
    this.#used.add(name);
    const path = join(this.#folder, name);
    const kept = await readKept(path);
    if (kept !== null) return kept;
    const content = await readSource(source);
    await writeWhole(path, JSON.stringify(content));
    return content;
  }

  /** Removes what was kept of sources, or states of them, that were not read since. */
  async prune(): Promise<void> {
    const names = await readdir(this.#folder).catch(() => []);
    const old = names.filter((name) => /^[0-9a-f]{64}\.json$/.test(name) && !this.#used.has(name));
    for (const name of old) await rm(join(this.#folder, name), { force: true });
  }
}

async function stateOf(source: SourceSpec): Promise<string | null> {
  try {
    const hash = createHash("sha256").update(JSON.stringify([flexbenchVersion().version, source]));
    for (const file of [
      ...(await filesOf(source.path)),
      ...(source.system === null ? [] : [source.system]),
    ]) {
      const { size, mtimeMs } = await stat(file);
      hash.update(JSON.stringify([file, size, mtimeMs]));
    }
    hash.update(await codeHash());
    return hash.digest("hex");
  } catch {
    // readSource says what is wrong with it.
    return null;
  }
}

/** Code of the dataset: readers use columns, contributions and descriptions, and another version must not take what this one left. */
const codeFolder = dirname(dirname(fileURLToPath(import.meta.url)));
let knownCodeHash: Promise<string> | null = null;

function codeHash(): Promise<string> {
  knownCodeHash ??= hashOfCode();
  return knownCodeHash;
}

async function hashOfCode(): Promise<string> {
  const hash = createHash("sha256");
  const files = (await filesOf(codeFolder)).filter((file) => /\.[jt]s$/.test(file));
  for (const file of files) hash.update(relative(codeFolder, file)).update(await readFile(file));
  return hash.digest("hex");
}

async function filesOf(path: string): Promise<string[]> {
  if (!(await stat(path)).isDirectory()) return [path];
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .filter((file) => !relative(path, file).startsWith(".git/"))
    .toSorted();
}

async function readKept(path: string): Promise<SourceContent | null> {
  try {
    return JSON.parse(await readFile(path, "utf8")) as SourceContent;
  } catch {
    return null;
  }
}
