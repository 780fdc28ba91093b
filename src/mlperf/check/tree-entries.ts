import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";

/** One file, folder or link of a submission. */
export interface TreeEntry {
  /** From the root of the submission, with `/`. */
  path: string;
  name: string;
  kind: "file" | "folder" | "link";
  /** Size of a file; 0 of the others. */
  bytes: number;
  /** Entries of a folder; 0 of the others. */
  children: number;
}

/** Everything below a folder, each folder before what it holds, sorted by name. */
export async function listTree(root: string, folder = ""): Promise<TreeEntry[]> {
  const found = await readdir(join(root, folder), { withFileTypes: true });
  const entries: TreeEntry[] = [];
  for (const item of found.sort((one, other) => (one.name < other.name ? -1 : 1))) {
    const path = folder === "" ? item.name : `${folder}/${item.name}`;
    const entry: TreeEntry = { path, name: item.name, kind: "file", bytes: 0, children: 0 };
    entries.push(entry);
    if (item.isSymbolicLink()) {
      entry.kind = "link";
    } else if (item.isDirectory()) {
      entry.kind = "folder";
      const below = await listTree(root, path);
      entry.children = below.filter(({ path: inner }) => !inner.slice(path.length + 1).includes("/")).length;
      entries.push(...below);
    } else {
      entry.bytes = (await lstat(join(root, path))).size;
    }
  }
  return entries;
}
