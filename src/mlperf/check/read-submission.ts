import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { AuditSettings } from "../audits/audit-settings.ts";
import { eosTokens } from "../audits/eos-tokens.ts";
import { verifyTest06 } from "../audits/test06.ts";
import {
  type AuditName,
  type BenchmarkRules,
  findBenchmark,
  type SubmissionScenario,
} from "../benchmark-rules.ts";
import { readDetailRecord } from "./detail-record.ts";
import { type JsonFile, readJsonFile } from "./json-file.ts";
import { readKeptAccuracyLog } from "./kept-accuracy-log.ts";
import {
  type AuditFolder,
  type BenchmarkFolder,
  divisions,
  type LoadGenTest,
  type ResultFolder,
  type SubmissionTree,
  type SubmitterFolder,
  type SystemFolder,
  submissionScenarios,
} from "./submission-tree.ts";
import { listTree, type TreeEntry } from "./tree-entries.ts";

/** What to read of a submission. */
export interface ReadSubmissionOptions {
  rules: Readonly<Record<string, BenchmarkRules>>;
  /** Read only this submitter's folders; null reads all. */
  submitter: string | null;
  /** Settings of an audit of a benchmark. */
  audits: (audit: AuditName, benchmark: BenchmarkRules) => AuditSettings;
}

/** A submission and its results, read into memory; logs are kept in digest. */
export interface ReadSubmission {
  tree: SubmissionTree;
  results: ResultFolder[];
}

/** Reads everything that rules ask about. Throws what `readdir` throws when there is no such folder. */
export async function readSubmission(root: string, options: ReadSubmissionOptions): Promise<ReadSubmission> {
  const entries = await listTree(root);
  const submitters: SubmitterFolder[] = [];
  const results: ResultFolder[] = [];
  for (const division of divisions) {
    for (const name of foldersIn(entries, division)) {
      if (options.submitter !== null && options.submitter !== name) continue;
      const submitter = await readSubmitter(root, { division, name }, entries, options.rules);
      submitters.push(submitter);
      for (const system of submitter.systems) {
        for (const benchmark of system.benchmarks)
          results.push(...(await readResults(root, { submitter, system, benchmark }, options.audits)));
      }
    }
  }
  return { tree: { entries, submitters }, results };
}

async function readSubmitter(
  root: string,
  { division, name }: Pick<SubmitterFolder, "division" | "name">,
  allEntries: readonly TreeEntry[],
  rules: ReadSubmissionOptions["rules"],
): Promise<SubmitterFolder> {
  const path = `${division}/${name}`;
  const entries = below(allEntries, path);
  const mappingPath = `${path}/model_mapping.json`;
  const mapping = entries.some((entry) => entry.path === mappingPath)
    ? await readJsonFile(join(root, mappingPath), mappingPath)
    : null;
  const systems: SystemFolder[] = [];
  for (const system of foldersIn(entries, `${path}/results`)) {
    const descriptionPath = `${path}/systems/${system}.json`;
    const description = await readJsonFile(join(root, descriptionPath), descriptionPath);
    const systemPath = `${path}/results/${system}`;
    const benchmarks = foldersIn(entries, systemPath).map(
      (benchmark): BenchmarkFolder => ({
        division,
        name: benchmark,
        path: `${systemPath}/${benchmark}`,
        rules: rulesFor(benchmark, division === "open" ? mapping : null, rules),
        systemType: String(description.value?.system_type ?? ""),
        scenarios: foldersIn(entries, `${systemPath}/${benchmark}`),
      }),
    );
    systems.push({ division, submitter: name, name: system, path: systemPath, description, benchmarks });
  }
  const described = filesIn(entries, `${path}/systems`)
    .filter((file) => file.endsWith(".json"))
    .map((file) => file.slice(0, -".json".length));
  return { division, name, path, entries, described, systems, mapping };
}

function rulesFor(
  name: string,
  mapping: JsonFile | null,
  rules: ReadSubmissionOptions["rules"],
): BenchmarkRules | null {
  const mapped = mapping?.value?.[name];
  return findBenchmark(typeof mapped === "string" ? mapped : name, rules);
}

interface ResultPlace {
  submitter: SubmitterFolder;
  system: SystemFolder;
  benchmark: BenchmarkFolder;
}

async function readResults(
  root: string,
  { submitter, system, benchmark }: ResultPlace,
  settingsOf: ReadSubmissionOptions["audits"],
): Promise<ResultFolder[]> {
  const { rules } = benchmark;
  if (rules === null) return [];
  const results: ResultFolder[] = [];
  for (const scenario of submissionScenarios) {
    if (!benchmark.scenarios.includes(scenario)) continue;
    const path = `${benchmark.path}/${scenario}`;
    const measurementsPath = `${path}/measurements.json`;
    const accuracy = await readTest(root, `${path}/accuracy`);
    const audits: AuditFolder[] = [];
    for (const name of rules.audits)
      audits.push(
        await readAudit(
          root,
          { path: `${path}/${name}`, scenario, rules, submitter },
          settingsOf(name, rules),
        ),
      );
    results.push({
      division: submitter.division,
      submitter: submitter.name,
      system: system.name,
      benchmark: benchmark.name,
      scenario,
      path,
      rules,
      isNetwork: saysNetwork(system.description),
      entries: below(submitter.entries, path),
      measurements: await readJsonFile(join(root, measurementsPath), measurementsPath),
      userConf: await readText(join(root, path, "user.conf")),
      performance: await readTest(root, `${path}/performance/run_1`),
      accuracy,
      accuracyText: await readText(join(root, path, "accuracy/accuracy.txt")),
      audits,
    });
  }
  return results;
}

interface AuditPlace {
  path: string;
  scenario: SubmissionScenario;
  rules: BenchmarkRules;
  submitter: SubmitterFolder;
}

async function readAudit(
  root: string,
  { path, scenario, rules, submitter }: AuditPlace,
  settings: AuditSettings,
): Promise<AuditFolder> {
  const name = settings.audit;
  const verdictPath = `${path}/${name === "TEST09" ? "verify_output_len.txt" : "verify_accuracy.txt"}`;
  const logPath = `${path}/accuracy/mlperf_log_accuracy.json`;
  const accuracyLog = await readKeptAccuracyLog(join(root, logPath), logPath);
  const consistency = {
    scenario,
    eosTokens: eosTokens[rules.modelModule] ?? [],
    leastAnswers: settings.loggedAnswers ?? 0,
  };
  return {
    name,
    path,
    exists: submitter.entries.some((entry) => entry.path === path && entry.kind === "folder"),
    verdict: { path: verdictPath, text: await readText(join(root, verdictPath)) },
    performance: await readTest(root, `${path}/performance/run_1`),
    accuracyLog,
    accuracyText: await readText(join(root, path, "accuracy/accuracy.txt")),
    settings,
    recomputed:
      name === "TEST06" && accuracyLog !== null && !accuracyLog.isTruncated
        ? await verifyTest06(accuracyLog.answers, consistency)
        : null,
  };
}

async function readTest(root: string, path: string): Promise<LoadGenTest> {
  const [detail, log] = [`${path}/mlperf_log_detail.txt`, `${path}/mlperf_log_accuracy.json`];
  return {
    path,
    detail: await readDetailRecord(join(root, detail), detail),
    summary: await readText(join(root, path, "mlperf_log_summary.txt")),
    accuracyLog: await readKeptAccuracyLog(join(root, log), log),
  };
}

async function readText(absolutePath: string): Promise<string | null> {
  return readFile(absolutePath, "utf8").catch(() => null);
}

function saysNetwork({ value }: JsonFile): boolean {
  return String(value?.is_network ?? "").toLowerCase() === "true";
}

function below(entries: readonly TreeEntry[], path: string): TreeEntry[] {
  return entries.filter((entry) => entry.path.startsWith(`${path}/`));
}

/** Names of what stands directly in a folder. */
function namesIn(entries: readonly TreeEntry[], folder: string, kind: TreeEntry["kind"]): string[] {
  return entries
    .filter((entry) => entry.kind === kind && entry.path === `${folder}/${entry.name}`)
    .map(({ name }) => name);
}

const foldersIn = (entries: readonly TreeEntry[], folder: string): string[] =>
  namesIn(entries, folder, "folder");
const filesIn = (entries: readonly TreeEntry[], folder: string): string[] => namesIn(entries, folder, "file");
