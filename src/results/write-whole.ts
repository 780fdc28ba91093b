import { randomBytes } from "node:crypto";
import { mkdir, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";

/** Writes a file under another name and renames it, so that it is whole or as it was; its folder is made where it is missing. */
export async function writeWhole(path: string, content: string | Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  // Two processes may write the same file at once: the later one stays.
  const partial = `${path}.partial-${randomBytes(4).toString("hex")}`;
  await writeFile(partial, content);
  await rename(partial, path);
}
