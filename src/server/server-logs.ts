import { randomBytes } from "node:crypto";
import { mkdirSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cacheFolder } from "./cache-folder.ts";

const keptMs = 7 * 24 * 3_600_000;

/** Folder of the logs that nobody gave a place, within the cache folder. */
export function serverLogFolder(environment: NodeJS.ProcessEnv): string {
  return join(cacheFolder(environment), "server-logs");
}

/** Path for the log of one start, in the cache folder, or for temporary files where that cannot be written. Old logs go. */
export function newServerLog(server: string, environment: NodeJS.ProcessEnv): string {
  const folder = serverLogFolder(environment);
  const name = `${server}-${randomBytes(4).toString("hex")}.log`;
  try {
    mkdirSync(folder, { recursive: true });
    removeOldLogs(folder);
    return join(folder, name);
  } catch {
    return join(tmpdir(), `flexbench-${name}`);
  }
}

function removeOldLogs(folder: string): void {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    const modifiedMs = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
    if (Date.now() - modifiedMs > keptMs) rmSync(path, { force: true });
  }
}
