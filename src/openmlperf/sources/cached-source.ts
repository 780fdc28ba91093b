import { createHash } from "node:crypto";
import { readdir, readFile, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { writeWhole } from "../../results/write-whole.ts";
import type { SourceSpec } from "../build-file.ts";
import { readSource, type SourceContent } from "./read-source.ts";

/**
 * What a source gives, from `cacheDir` while none of its files changed name, size or time and the readers are the same;
 * else read anew and kept there. Throws what `readSource` throws.
 */
export async function readCachedSource(source: SourceSpec, cacheDir: string): Promise<SourceContent> {
  const state = await stateOf(source);
  if (state === null) return await readSource(source);
  const path = join(cacheDir, `${state}.json`);
  const kept = await readKept(path);
  if (kept !== null) return kept;
  const content = await readSource(source);
  await writeWhole(path, JSON.stringify(content));
  return content;
}

async function stateOf(source: SourceSpec): Promise<string | null> {
  try {
    const hash = createHash("sha256").update(JSON.stringify(source));
    for (const file of [
      ...(await filesOf(source.path)),
      ...(source.system === null ? [] : [source.system]),
    ]) {
      const { size, mtimeMs } = await stat(file);
      hash.update(JSON.stringify([file, size, mtimeMs]));
    }
    for (const file of await filesOf(readers)) hash.update(await readFile(file));
    return hash.digest("hex");
  } catch {
    // readSource says what is wrong with it.
    return null;
  }
}

/** Code that makes drafts: another version must not take what this one left. */
const readers = dirname(fileURLToPath(import.meta.url));

async function filesOf(path: string): Promise<string[]> {
  if (!(await stat(path)).isDirectory()) return [path];
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .toSorted();
}

async function readKept(path: string): Promise<SourceContent | null> {
  try {
    return JSON.parse(await readFile(path, "utf8")) as SourceContent;
  } catch {
    return null;
  }
}
