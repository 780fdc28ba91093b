import type { Argv } from "yargs";
import { type ZodType, z } from "zod";
import type { AuditRunWish } from "../audit-run.ts";
import { loadRunConfig } from "../config/load-run-config.ts";
import { camelCase } from "../config/run-options.ts";
import { oneOf, pattern, text, truth, wholeNumber } from "../config/run-values.ts";
import { mask } from "../config/secrets.ts";
import type { AnswerElement } from "../mlperf/audits/test01.ts";
import type { AuditName } from "../mlperf/benchmark-rules.ts";
import type { RunRecord } from "../results/record.ts";
import { readRecord } from "../results/store.ts";
import { exitCodeHelp } from "./exit-code-help.ts";
import { declaredOptions, type OwnOption, takeOwnOptions } from "./own-options.ts";
import { type Arguments, declareRunOptions, readRunArguments, wordsOf } from "./run-arguments.ts";

const auditNames: readonly AuditName[] = ["TEST01", "TEST04", "TEST06", "TEST07", "TEST09"];

const answerElements: readonly AnswerElement[] = ["byte", "int32", "int64", "float32"];

const complianceOptions = {
  test: {
    argument: "NAMES",
    description: "Audits to run, with commas: TEST01, TEST04, TEST06, TEST07, TEST09",
    defaultText: "those that the benchmark must pass",
    reads: list(oneOf(auditNames)),
  },
  auditDataset: { argument: "MODULE", description: "Dataset of TEST07: its set of 990 samples", reads: text },
  accuracyScript: {
    argument: "COMMAND",
    description:
      "Scores the answers of TEST07; {accuracy_log} stands for the log. By default the metric of the run",
    reads: text,
  },
  scorePattern: {
    argument: "REGEX",
    description: "Finds the score in what that command prints, as its first group",
    defaultText: "'exact_match': NUMBER",
    reads: pattern,
  },
  eosToken: {
    argument: "IDS",
    description: "Token ids that end an answer (TEST06), with commas; by default the model's",
    reads: list(wholeNumber(0)),
  },
  compareElement: {
    argument: "TYPE",
    description: "What TEST01 compares at the start of an answer: byte, int32, int64 or float32",
    defaultText: "byte",
    reads: oneOf(answerElements),
  },
  verify: {
    argument: "",
    description: "Verify the runs of finished audits again; nothing is run",
    reads: truth,
  },
} as const satisfies Record<string, OwnOption>;

/** Several values in one text, with commas between them. */
function list<Value>(entry: ZodType<Value>): ZodType<Value[]> {
  return z.preprocess(
    (given) =>
      String(given)
        .split(",")
        .map((part) => part.trim()),
    z.array(entry),
  );
}

/** Declares the options of `flexbench compliance`: its own, and all of a run. */
export function addComplianceOptions(yargs: Argv<object>): Argv<Arguments> {
  return declareRunOptions(yargs.options(declaredOptions("Audits", complianceOptions)))
    .usage(
      "$0 compliance DIR [options]\n$0 compliance --benchmark NAME --endpoint URL [options of run]\n\nRuns the audits that MLPerf asks for, of a finished run or of the options of one, and verifies them.",
    )
    .example("$0 compliance DIR", "The audits of a finished run, into DIR/compliance")
    .example("$0 compliance DIR --test TEST09", "One audit")
    .epilogue(exitCodeHelp);
}

/**
 * What is to be audited. The options of a finished run hold where no others are given, but for secrets, which no run
 * keeps. Throws UsageError with every problem.
 */
export async function readComplianceArguments(
  args: Arguments,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<AuditRunWish> {
  const [command = "", folder, ...others] = wordsOf(args);
  const { values, problems, rest } = takeOwnOptions(args, complianceOptions);
  for (const other of others) problems.push({ where: other, message: "is one run too many; give one" });
  if (values.scorePattern !== undefined && values.accuracyScript === undefined)
    problems.push({ where: "--score-pattern", message: "needs --accuracy-script beside it" });
  const record = folder === undefined ? null : await readRecord(folder);
  const sources = readRunArguments({ ...rest, _: [command] }, environment, problems);
  // Audits of a benchmark that only options name are those of a submission.
  const recorded = record === null ? { submission: true } : optionsOf(record.config);
  const config = loadRunConfig({
    ...sources,
    flags: { ...recorded, ...camelCased(sources.flags ?? {}) },
    command: "compliance",
  });
  const { test, auditDataset, accuracyScript, scorePattern, eosToken, compareElement, verify } = values;
  return {
    config,
    output: config.output,
    auditedRun: record === null || folder === undefined ? null : { folder, id: record.id },
    auditDataset: (auditDataset as string | undefined) ?? null,
    scoring:
      typeof accuracyScript === "string"
        ? { command: accuracyScript, ...(typeof scorePattern === "string" ? { pattern: scorePattern } : {}) }
        : null,
    verifyAgain: verify === true,
    ...(test === undefined ? {} : { audits: test as AuditName[] }),
    ...(eosToken === undefined ? {} : { eosTokens: eosToken as number[] }),
    ...(compareElement === undefined ? {} : { answerElement: compareElement as AnswerElement }),
  };
}

/** Options that belong to a run itself and not to what it is a run of. */
const leftOut = ["output", "mode", "auditConfig", "apiKey"];

function optionsOf(recorded: RunRecord["config"]): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(recorded)
      .filter(([key, value]) => value !== null && !leftOut.includes(key))
      .map(([key, value]) => [key, withoutMasked(value)])
      .filter(([, value]) => value !== mask),
  );
}

/** Pairs whose values no run keeps are left out; they must be given again. */
function withoutMasked(value: unknown): unknown {
  if (typeof value === "string") return value.includes(mask) ? mask : value;
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([, part]) => part !== mask));
}

/** A flag hides the recorded option, however it is spelled. */
function camelCased(flags: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(flags).map(([name, value]) => [name.length === 1 ? name : camelCase(name), value]),
  );
}
