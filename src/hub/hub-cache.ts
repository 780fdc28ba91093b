import { copyFile, mkdir, readdir, readFile, rename, stat, symlink, writeFile } from "node:fs/promises";
import { dirname, join, relative, sep } from "node:path";
import { FlexBenchError } from "../errors.ts";
import { type HubFile, type HubRepository, isCommit } from "./repository.ts";

/**
 * The Hub's own cache: `blobs/` holds each content once, `snapshots/COMMIT/` links to it under the names of a commit,
 * `refs/` tells which commit a branch or tag meant when it was last asked for.
 */
export class HubCache {
  readonly #folder: string;

  constructor(cacheFolder: string, { type, name }: HubRepository) {
    this.#folder = join(cacheFolder, [`${type}s`, ...name.split("/")].join("--"));
  }

  /** Where the content of this name lies, or will lie. */
  blobPath(etag: string): string {
    return join(this.#folder, "blobs", etag);
  }

  /** Where a file of a commit lies, or will lie. */
  filePath(commit: string, path: string): string {
    if (path.split(/[/\\]/).some((part) => part === "" || part === "." || part === "..")) {
      throw new FlexBenchError("HUB_PATH_INVALID", `The Hub names a file outside its repository: ${path}.`);
    }
    return join(this.#folder, "snapshots", commit, ...path.split("/"));
  }

  /** The commit that a revision meant when the Hub was last asked; null when it never was. */
  async knownCommit(revision: string): Promise<string | null> {
    if (isCommit(revision)) {
      return (await exists(join(this.#folder, "snapshots", revision))) ? revision : null;
    }
    const text = await readFile(this.#refPath(revision), "utf8").catch(() => "");
    return isCommit(text.trim()) ? text.trim() : null;
  }

  /** Keeps what a branch or tag means now. */
  async keepCommit(revision: string, commit: string): Promise<void> {
    if (isCommit(revision) || (await this.knownCommit(revision)) === commit) return;
    const path = this.#refPath(revision);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(`${path}.${process.pid}`, commit);
    await rename(`${path}.${process.pid}`, path);
  }

  /** The files of a commit that are here, in the order of their paths. */
  async filesOf(commit: string): Promise<HubFile[]> {
    const folder = join(this.#folder, "snapshots", commit);
    const entries = await readdir(folder, { recursive: true }).catch(() => []);
    const files = await Promise.all(
      entries.map(async (entry) => {
        const found = await stat(join(folder, entry)).catch(() => null);
        if (found === null || !found.isFile()) return [];
        return [{ path: entry.split(sep).join("/"), bytes: found.size, etag: null, isLfs: false }];
      }),
    );
    return files.flat().toSorted((one, other) => (one.path < other.path ? -1 : 1));
  }

  /** Gives a content its name in a commit; by a copy where the file system has no links. Returns the path. */
  async link(etag: string, commit: string, path: string): Promise<string> {
    const filePath = this.filePath(commit, path);
    await mkdir(dirname(filePath), { recursive: true });
    if (await exists(filePath)) return filePath;
    const blobPath = this.blobPath(etag);
    try {
      await symlink(relative(dirname(filePath), blobPath), filePath);
    } catch (error) {
      const alreadyThere = error instanceof Error && "code" in error && error.code === "EEXIST";
      if (!alreadyThere) await copyFile(blobPath, filePath);
    }
    return filePath;
  }

  #refPath(revision: string): string {
    return join(this.#folder, "refs", ...revision.split("/").filter((part) => part !== ".."));
  }
}

/** Whether there is something at this path, links followed. */
export async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null)) !== null;
}
