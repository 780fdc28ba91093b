import { UsageError } from "../../errors.ts";
import { type BenchmarkRules, findBenchmark, type SubmissionScenario } from "../benchmark-rules.ts";
import type { CheckProblem } from "../check/rule.ts";
import {
  type AuditedFolder,
  isAuditedFolder,
  objectionsToAudits,
  readAuditedFolder,
} from "./audit-folder.ts";
import { objectionsTo, type RunConditions } from "./run-objections.ts";
import { readSubmittedRun, type SubmittedRun } from "./submitted-run.ts";

/** What is added to one result of a tree. */
export interface GivenResult {
  rules: BenchmarkRules;
  scenario: SubmissionScenario;
  /** Runs whose test is taken; one run may be both. */
  performance: SubmittedRun | null;
  accuracy: SubmittedRun | null;
  audits: AuditedFolder | null;
}

/** Everything that was given, read. */
export interface GivenFolders {
  runs: SubmittedRun[];
  audits: AuditedFolder[];
}

/** Reads folders of runs and of audits. Throws a UsageError with every folder that is neither. */
export async function readGivenFolders(folders: readonly string[]): Promise<GivenFolders> {
  const given: GivenFolders = { runs: [], audits: [] };
  const errors: UsageError[] = [];
  for (const folder of folders) {
    try {
      if (isAuditedFolder(folder)) given.audits.push(await readAuditedFolder(folder));
      else given.runs.push(await readSubmittedRun(folder));
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      errors.push(error);
    }
  }
  const [first] = errors;
  if (first === undefined) return given;
  throw new UsageError(
    first.code,
    errors.flatMap(({ problems }) => problems),
    {
      hint: "Give folders of `flexbench run --submission` and of `flexbench compliance`.",
    },
  );
}

/** The results that the folders make up, and everything for which they cannot be in the tree. */
export async function sortIntoResults(
  { runs, audits }: GivenFolders,
  conditions: Omit<RunConditions, "rules"> & { table: Readonly<Record<string, BenchmarkRules>> },
): Promise<{ results: GivenResult[]; problems: CheckProblem[] }> {
  const results = new Map<string, GivenResult>();
  const problems: CheckProblem[] = [];
  const resultOf = (benchmark: string, scenario: SubmissionScenario): GivenResult | null => {
    const rules = findBenchmark(benchmark, conditions.table);
    if (rules === null) return null;
    const key = `${rules.name}/${scenario}`;
    const result = results.get(key) ?? { rules, scenario, performance: null, accuracy: null, audits: null };
    results.set(key, result);
    return result;
  };
  for (const run of runs) {
    const { submission } = run.record;
    const result = submission === null ? null : resultOf(submission.benchmark, submission.scenario);
    problems.push(...(await objectionsTo(run, { ...conditions, rules: result?.rules ?? null })));
    if (result === null) continue;
    for (const test of ["performance", "accuracy"] as const) {
      if (run[test] === null) continue;
      const other = result[test];
      if (other === null) result[test] = run;
      else
        problems.push({
          file: run.folder,
          rule: "one-run-a-test",
          message: `${other.folder} is the ${test} test of ${result.rules.name} ${result.scenario} already`,
        });
    }
  }
  for (const folder of audits) {
    const { benchmark, scenario } = folder.record;
    const result = resultOf(benchmark, scenario);
    problems.push(...(await objectionsToAudits(folder, { ...conditions, rules: result?.rules ?? null })));
    if (result === null) continue;
    if (result.audits === null) result.audits = folder;
    else
      problems.push({
        file: folder.folder,
        rule: "one-run-a-test",
        message: `${result.audits.folder} holds the audits of ${benchmark} ${scenario} already`,
      });
  }
  return { results: [...results.values()], problems };
}
