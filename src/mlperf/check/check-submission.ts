import { statSync } from "node:fs";
import { UsageError } from "../../errors.ts";
import { auditSettings } from "../audits/audit-settings.ts";
import { type BenchmarkRules, benchmarkRules, type SubmissionScenario } from "../benchmark-rules.ts";
import { readAccuracyText } from "./accuracy-text.ts";
import { resultRules } from "./all-rules.ts";
import { benchmarkFolderRules, mappingRules } from "./benchmark-folder-rules.ts";
import { headlineOf } from "./headline.ts";
import { layoutRules, submitterRules } from "./layout-rules.ts";
import { distinctLogs } from "./log-rules.ts";
import { type ReadSubmissionOptions, readSubmission } from "./read-submission.ts";
import { applyRules, type CheckProblem } from "./rule.ts";
import type { Division, ResultFolder } from "./submission-tree.ts";
import { systemRules } from "./system-rules.ts";

export type { CheckProblem } from "./rule.ts";

/** One result of a submission, as its logs tell it. */
export interface CheckedResult {
  division: Division;
  submitter: string;
  system: string;
  /** Name of its folder; in the open division possibly one of the submitter's own. */
  benchmark: string;
  /** Benchmark of the round whose rules were applied. */
  rulesOf: string;
  scenario: SubmissionScenario;
  /** Its folder, from the root of the submission. */
  folder: string;
  /** Null when the log lacks it. */
  figure: number | null;
  unit: "tokens/s" | "ns";
  /** Figures of accuracy.txt that the rules have bounds for, by name. */
  accuracy: Readonly<Record<string, number>>;
  /** No problem is in its folder; what is wrong elsewhere in the tree is not counted here. */
  passed: boolean;
}

/** What to check, and by which rules. */
export interface CheckOptions {
  /** Rules of the benchmarks; by default those of the round. Tests scale them down. */
  rules?: Readonly<Record<string, BenchmarkRules>>;
  /** Settings of audits; by default those of MLPerf. Tests scale them down. */
  audits?: ReadSubmissionOptions["audits"];
  /** Check only this submitter's folders. */
  submitter?: string;
}

/** What a check found. */
export interface CheckOutcome {
  results: CheckedResult[];
  /** Empty: the submission passes. */
  problems: CheckProblem[];
}

/**
 * Checks the tree of a submission against every rule of docs/submission-rules.md, all at once; nothing in it is
 * changed. Throws a UsageError `SUBMISSION_MISSING` when there is no such folder.
 */
export async function checkSubmission(root: string, options: CheckOptions = {}): Promise<CheckOutcome> {
  if (statSync(root, { throwIfNoEntry: false })?.isDirectory() !== true)
    throw new UsageError("SUBMISSION_MISSING", [{ where: root, message: "there is no such folder" }], {
      hint: "Name the folder that holds closed, open or network.",
    });
  const { tree, results } = await readSubmission(root, {
    rules: options.rules ?? benchmarkRules,
    submitter: options.submitter ?? null,
    audits: options.audits ?? auditSettings,
  });
  const systems = tree.submitters.flatMap((submitter) => submitter.systems);
  const problems = [
    ...applyRules(layoutRules, [tree]),
    ...applyRules(submitterRules, tree.submitters),
    ...applyRules(mappingRules, tree.submitters),
    ...applyRules(systemRules, systems),
    ...applyRules(
      benchmarkFolderRules,
      systems.flatMap(({ benchmarks }) => benchmarks),
    ),
    ...applyRules(resultRules, results),
    ...applyRules([distinctLogs], [results]),
  ];
  return { results: results.map((result) => summarised(result, problems)), problems };
}

function summarised(result: ResultFolder, problems: readonly CheckProblem[]): CheckedResult {
  const { division, submitter, system, benchmark, scenario, path, rules, performance } = result;
  const names = [...Object.keys(rules.accuracy.floors), ...Object.keys(rules.accuracy.ceilings)];
  const { figures } = readAccuracyText(result.accuracyText ?? "", names);
  return {
    division,
    submitter,
    system,
    benchmark,
    rulesOf: rules.name,
    scenario,
    folder: path,
    figure: performance.detail === null ? null : headlineOf(performance.detail, result).value,
    unit: scenario === "SingleStream" ? "ns" : "tokens/s",
    accuracy: Object.fromEntries(
      [...figures].flatMap(([name, [value]]) => (value === undefined ? [] : [[name, value]])),
    ),
    passed: !problems.some(({ file }) => file === path || file.startsWith(`${path}/`)),
  };
}
