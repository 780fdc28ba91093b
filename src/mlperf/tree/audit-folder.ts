import { existsSync } from "node:fs";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { UsageError } from "../../errors.ts";
import { type ComplianceRecord, complianceFiles } from "../audits/compliance-record.ts";
import type { AuditName } from "../benchmark-rules.ts";
import type { CheckProblem } from "../check/rule.ts";
import { currentRound } from "../round.ts";
import { copyExactly, copyTruncated, sha256Of } from "./copy-exactly.ts";
import type { RunConditions } from "./run-objections.ts";
import { logFiles } from "./submitted-run.ts";

/** A folder of `flexbench compliance` that somebody wants in a submission. */
export interface AuditedFolder {
  folder: string;
  record: ComplianceRecord;
}

/** Audits whose accuracy logs are truncated, as the official tool does; TEST06 keeps its small log whole. */
const truncated: readonly AuditName[] = ["TEST01", "TEST07", "TEST09"];

/** Whether a folder is one of `flexbench compliance`. */
export function isAuditedFolder(folder: string): boolean {
  return existsSync(join(folder, complianceFiles.record));
}

/** Reads a folder of `flexbench compliance`. Throws a UsageError `COMPLIANCE_UNREADABLE`. */
export async function readAuditedFolder(folder: string): Promise<AuditedFolder> {
  const file = join(folder, complianceFiles.record);
  try {
    const record = JSON.parse(await readFile(file, "utf8")) as ComplianceRecord;
    if (record.schema === "flexbench.compliance/1") return { folder, record };
  } catch {
    // Told below.
  }
  throw new UsageError("COMPLIANCE_UNREADABLE", [
    { where: file, message: "is no record of `flexbench compliance` that this version reads" },
  ]);
}

/** Everything for which audits cannot be in a submission. */
export async function objectionsToAudits(
  { folder, record }: AuditedFolder,
  { rules, allowSimulated }: RunConditions,
): Promise<CheckProblem[]> {
  const file = join(folder, complianceFiles.record);
  const problems: CheckProblem[] = [];
  const object = (place: string, rule: string, message: string): void => {
    problems.push({ file: place, rule, message });
  };
  if (record.round !== currentRound.name)
    object(file, "run-round", `the audits are of round ${record.round} and not of ${currentRound.name}`);
  if (rules === null)
    object(file, "run-benchmark", `${currentRound.name} has no benchmark ${record.benchmark}`);
  if (record.simulated && !allowSimulated)
    object(
      file,
      "run-real-server",
      "the audits were made against the simulator: no model computed its tokens",
    );
  for (const { audit, passed, checks } of record.audits) {
    const failed = checks.filter((check) => check.passed === false).map(({ finding }) => finding);
    if (!passed) object(join(folder, audit), "audit-passed", `${audit} failed: ${failed.join(" ")}`);
  }
  for (const [path, hash] of auditFiles(record)) {
    const now = await sha256Of(join(folder, path)).catch(() => null);
    if (now === null) object(join(folder, path), "audit-files", "it is missing");
    else if (now !== hash)
      object(join(folder, path), "audit-files", "it changed after the audits were signed off");
  }
  return problems;
}

/** Files that a submission takes, with their hashes. */
function auditFiles({ audits, files }: ComplianceRecord): [string, string][] {
  return Object.entries(files).filter(([path]) => audits.some(({ audit }) => path.startsWith(`${audit}/`)));
}

/**
 * Copies the audits into the folder of their result, in the place of those of the same name; whole accuracy logs that
 * the tree keeps truncated go to `keptLogs`. Gives the paths that were written, from the result's folder.
 */
export async function copyAudits(
  { folder, record }: AuditedFolder,
  resultFolder: string,
  keptLogs: string,
): Promise<string[]> {
  for (const { audit } of record.audits)
    await rm(join(resultFolder, audit), { recursive: true, force: true });
  const written = new Set<string>();
  for (const [path] of auditFiles(record)) {
    const audit = truncated.find((name) => path === `${name}/accuracy/${logFiles.accuracy}`);
    if (audit === undefined) await copyExactly(join(folder, path), join(resultFolder, path));
    else await copyTruncated(join(folder, path), join(resultFolder, path));
    written.add(path);
  }
  for (const audit of truncated) {
    const log = `${audit}/accuracy/${logFiles.accuracy}`;
    if (!written.has(log)) continue;
    const hash = await copyExactly(join(folder, log), join(keptLogs, log));
    const text = `${audit}/accuracy/accuracy.txt`;
    await noteHash(join(resultFolder, text), hash);
    written.add(text);
  }
  return [...written];
}

/** Puts the hash of a whole log into the accuracy.txt beside it, which TEST01 alone has already. */
async function noteHash(file: string, hash: string): Promise<void> {
  const text = await readFile(file, "utf8").catch(() => "");
  if (!text.split(/\r?\n/).includes(`hash=${hash}`))
    await writeFile(file, text === "" ? `hash=${hash}\n` : `${text.trimEnd()}\nhash=${hash}\n`);
}
