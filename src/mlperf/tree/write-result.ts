import { existsSync } from "node:fs";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { accuracyFiles } from "../../accuracy/accuracy-files.ts";
import { runFiles } from "../../results/store.ts";
import type { CheckProblem } from "../check/rule.ts";
import type { Answers } from "../system/answer-fields.ts";
import type { SystemDescription } from "../system/system-fields.ts";
import { copyAudits } from "./audit-folder.ts";
import { copyExactly, copyTruncated, sha256Of } from "./copy-exactly.ts";
import type { GivenResult } from "./given-folders.ts";
import { resultReadme } from "./result-readme.ts";
import { logFiles } from "./submitted-run.ts";

/** Where a result goes. */
export interface ResultPlace {
  /** Its folder. */
  folder: string;
  /** Folder of whole accuracy logs, outside the tree. */
  keptLogs: string;
  systemName: string;
  system: Readonly<SystemDescription>;
  /** Null when only audits are added. */
  measurements: Answers | null;
}

const testFolders = { performance: "performance/run_1", accuracy: "accuracy" } as const;

/** Tests that stand in a result already and are others than those given. */
export async function takenTests(result: GivenResult, folder: string): Promise<CheckProblem[]> {
  const problems: CheckProblem[] = [];
  for (const test of ["performance", "accuracy"] as const) {
    const given = result[test]?.[test];
    const file = join(folder, testFolders[test], logFiles.detail);
    if (!given || !existsSync(file)) continue;
    if ((await sha256Of(file)) !== given.detail.sha256)
      problems.push({
        file,
        rule: "result-taken",
        message: "the log of another run is there: --replace puts this one in its place",
      });
  }
  return problems;
}

/** Writes what was given of a result; LoadGen's logs are copied byte for byte. Gives the paths, from its folder. */
export async function writeResult(result: GivenResult, place: ResultPlace): Promise<string[]> {
  const { folder, keptLogs } = place;
  const written = [
    ...(await writePerformance(result, folder)),
    ...(await writeAccuracy(result, folder, keptLogs)),
    ...(await writeDocuments(result, place)),
  ];
  if (result.audits !== null) written.push(...(await copyAudits(result.audits, folder, keptLogs)));
  return written;
}

async function writePerformance({ performance: run }: GivenResult, folder: string): Promise<string[]> {
  if (!run?.performance) return [];
  await rm(join(folder, testFolders.performance), { recursive: true, force: true });
  const written: string[] = [];
  for (const name of Object.values(logFiles)) {
    const path = `${testFolders.performance}/${name}`;
    await copyExactly(join(run.performance.folder, name), join(folder, path));
    written.push(path);
  }
  return written;
}

async function writeAccuracy(
  { accuracy: run }: GivenResult,
  folder: string,
  keptLogs: string,
): Promise<string[]> {
  if (!run?.accuracy) return [];
  const target = testFolders.accuracy;
  await rm(join(folder, target), { recursive: true, force: true });
  for (const name of [logFiles.summary, logFiles.detail])
    await copyExactly(join(run.accuracy.folder, name), join(folder, target, name));
  const log = join(run.accuracy.folder, logFiles.accuracy);
  const hash = await copyExactly(log, join(keptLogs, target, logFiles.accuracy));
  await copyTruncated(log, join(folder, target, logFiles.accuracy));
  const text = await readFile(join(run.folder, accuracyFiles.text), "utf8");
  const isHashed = text.split(/\r?\n/).includes(`hash=${hash}`);
  await writeFile(
    join(folder, target, "accuracy.txt"),
    isHashed ? text : `${text.trimEnd()}\nhash=${hash}\n`,
  );
  return [...Object.values(logFiles), "accuracy.txt"].map((name) => `${target}/${name}`);
}

async function writeDocuments(result: GivenResult, place: ResultPlace): Promise<string[]> {
  const { rules, scenario, performance, accuracy } = result;
  const { folder, systemName, system, measurements } = place;
  const first = performance ?? accuracy;
  if (first === null || measurements === null) return [];
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "measurements.json"), `${JSON.stringify(measurements, null, 2)}\n`);
  const written = ["measurements.json"];
  // What the performance test was told counts; the accuracy test's stands in until there is one.
  const userConf = join(first.folder, runFiles.userConf);
  if ((performance !== null || !existsSync(join(folder, runFiles.userConf))) && existsSync(userConf)) {
    await copyExactly(userConf, join(folder, runFiles.userConf));
    written.push(runFiles.userConf);
  }
  const runs = [...new Set([performance, accuracy])].filter((run) => run !== null);
  const records = runs.map(({ record }) => record);
  await writeFile(join(folder, "README.md"), resultReadme({ rules, scenario, systemName, system, records }));
  return [...written, "README.md"];
}
