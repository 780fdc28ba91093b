import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { RunConfig } from "../../config/run-config.ts";
import { flagOf } from "../../config/run-options.ts";
import { type Problem, UsageError } from "../../errors.ts";
import { runFiles } from "../../results/store.ts";
import {
  type AuditName,
  type BenchmarkRules,
  benchmarkRules,
  findBenchmark,
  type SubmissionScenario,
} from "../benchmark-rules.ts";
import { submissionProblems, submissionScenario } from "../submission-options.ts";
import { type AuditSettings, auditSettings } from "./audit-settings.ts";
import { eosTokens as knownEosTokens } from "./eos-tokens.ts";
import type { ScoringCommand } from "./score-by-command.ts";
import type { AnswerElement } from "./test01.ts";

/** What is to be audited and how; nothing of it is checked yet. */
export interface AuditWish {
  /** The run, resolved: its benchmark, scenario, endpoint and all. */
  config: RunConfig;
  /** Absolute path of the folder that will hold the audits; new or empty. */
  output: string;
  /** The finished run that is audited; TEST01 and TEST04 need it. @default none */
  auditedRun?: { folder: string; id: string } | null;
  /** @default those that the benchmark must pass */
  audits?: readonly AuditName[];
  /** Dataset of TEST07. */
  auditDataset?: string | null;
  /** Scores the answers of TEST07. @default the run's metric */
  scoring?: ScoringCommand | null;
  /** Ids that end an answer. @default those of the benchmark's model */
  eosTokens?: readonly number[];
  /** What TEST01 compares of an answer. @default "byte" */
  answerElement?: AnswerElement;
  /** Verify the runs that stand in the output again, and run nothing. @default false */
  verifyAgain?: boolean;
  /** Rules of a round scaled down, for tests. @default those of the current round */
  rules?: Readonly<Record<string, BenchmarkRules>>;
  /** Settings of audits scaled down, for tests. */
  settings?: Readonly<Partial<Record<AuditName, Partial<AuditSettings>>>>;
}

/** Audits that can be conducted. */
export interface AuditPlan {
  config: RunConfig;
  output: string;
  benchmark: BenchmarkRules;
  scenario: SubmissionScenario;
  audits: AuditSettings[];
  auditedRun: { folder: string; id: string } | null;
  auditDataset: string | null;
  scoring: ScoringCommand | null;
  eosTokens: readonly number[];
  answerElement: AnswerElement;
  verifyAgain: boolean;
}

/** Decides which audits are run and with what. Throws a UsageError `AUDITS_INVALID` with every problem. */
export function planAudits(wish: AuditWish): AuditPlan {
  const {
    config,
    output,
    auditedRun = null,
    auditDataset = null,
    scoring = null,
    verifyAgain = false,
  } = wish;
  const problems: Problem[] = [];
  const benchmark =
    config.benchmark === null ? null : findBenchmark(config.benchmark, wish.rules ?? benchmarkRules);
  const scenario = submissionScenario[config.scenario];
  const names = wish.audits ?? benchmark?.audits ?? [];
  if (config.benchmark === null)
    problems.push({ where: "--benchmark", message: "is needed: it decides the audits" });
  if (scenario === null) problems.push({ where: "--scenario", message: "multi-stream is not audited" });
  if (config.auditConfig !== null)
    problems.push({ where: "--audit-config", message: "is made by the audits themselves; leave it out" });
  const broken = submissionProblems(
    { ...config, mode: "performance" },
    { rules: wish.rules, audit: names[0] ?? "TEST06" },
  );
  problems.push(...broken.map(({ key, message }) => ({ where: flagOf(key), message })));
  if (benchmark === null && config.benchmark !== null && broken.length === 0)
    problems.push({
      where: "--benchmark",
      message: `MLPerf has no audits of ${config.benchmark} in this round`,
    });
  if (!verifyAgain && existsSync(output) && readdirSync(output).length > 0)
    problems.push({ where: "--output", message: `${output} holds files already; remove it or name another` });
  if (benchmark !== null && names.length === 0)
    problems.push({ where: "--benchmark", message: `MLPerf asks for no audit of ${benchmark.name}` });
  const audits = benchmark === null ? [] : readSettings(names, benchmark, wish.settings ?? {}, problems);
  const eosTokens = wish.eosTokens ?? knownEosTokens[benchmark?.modelModule ?? ""] ?? [];
  const needs = (audit: AuditName, where: string, message: string, given: boolean) => {
    if (names.includes(audit) && !given)
      problems.push({ where, message: `is needed by ${audit}: ${message}` });
  };
  needs("TEST06", "--eos-token", "the token ids that end an answer", eosTokens.length > 0);
  needs(
    "TEST07",
    "--audit-dataset",
    "its answers are to a set of its own",
    verifyAgain || auditDataset !== null,
  );
  needs(
    "TEST01",
    "DIR",
    "a run of --mode all, to compare with",
    auditedRun !== null && isOfBothTests(auditedRun),
  );
  needs("TEST04", "DIR", "a finished run, to compare with", auditedRun !== null);
  if (problems.length > 0 || benchmark === null || scenario === null)
    throw new UsageError("AUDITS_INVALID", problems, {
      hint: "`flexbench compliance --help` lists every option.",
    });
  return {
    config,
    output,
    benchmark,
    scenario,
    audits,
    auditedRun,
    auditDataset,
    scoring,
    eosTokens,
    answerElement: wish.answerElement ?? "byte",
    verifyAgain,
  };
}

function isOfBothTests({ folder }: { folder: string }): boolean {
  return existsSync(join(folder, runFiles.loadgen)) && existsSync(join(folder, runFiles.loadgenAccuracy));
}

function readSettings(
  names: readonly AuditName[],
  benchmark: BenchmarkRules,
  scaled: NonNullable<AuditWish["settings"]>,
  problems: Problem[],
): AuditSettings[] {
  return names.flatMap((name) => {
    try {
      return [{ ...auditSettings(name, benchmark), ...scaled[name] }];
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      problems.push(...error.problems.map((problem) => ({ ...problem, where: `--test ${problem.where}` })));
      return [];
    }
  });
}
