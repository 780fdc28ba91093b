import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { copyFile, mkdir, readdir, writeFile } from "node:fs/promises";
import { basename, join, relative, sep } from "node:path";
import type { AuditVerdict } from "./audit-verdict.ts";
import { findAuditLogs } from "./verify-audit.ts";

/**
 * Writes the folder of an audit as a submission holds it, beside the other audits: the verdict's texts, and LoadGen's
 * logs as they are. Gives its path.
 */
export async function layOutAudit(output: string, runFolder: string, verdict: AuditVerdict): Promise<string> {
  const folder = join(output, verdict.audit);
  await mkdir(folder, { recursive: true });
  for (const [name, text] of Object.entries(verdict.texts)) await writeFile(join(folder, name), text);
  const { accuracy, detail, summary } = findAuditLogs(runFolder);
  if (accuracy !== null && verdict.audit !== "TEST04") await copyInto(join(folder, "accuracy"), accuracy);
  if (verdict.audit === "TEST06") return folder;
  for (const log of [summary, detail])
    if (log !== null) await copyInto(join(folder, "performance", "run_1"), log);
  return folder;
}

async function copyInto(folder: string, file: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await copyFile(file, join(folder, basename(file)));
}

/** SHA-256 of every file under a folder, hex, by path with slashes, in order; `leftOut` names those at its top that are not taken. */
export async function hashesUnder(
  folder: string,
  leftOut: readonly string[] = [],
): Promise<Record<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join("/"))
    .filter((path) => !leftOut.includes(path))
    .sort();
  const hashes: Record<string, string> = {};
  for (const file of files) hashes[file] = await sha256Of(join(folder, file));
  return hashes;
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const piece of createReadStream(path)) hash.update(piece as Buffer);
  return hash.digest("hex");
}
