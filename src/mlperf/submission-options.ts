import type { BrokenRule } from "../config/cross-field-rules.ts";
import type { RunConfig, ScenarioName } from "../config/run-config.ts";
import type { RunOptionKey } from "../config/run-options.ts";
import {
  type AuditName,
  type BenchmarkRules,
  benchmarkRules,
  type SubmissionScenario,
} from "./benchmark-rules.ts";
import { resolveBenchmark } from "./resolve-benchmark.ts";
import { currentRound, earlierRounds } from "./round.ts";
import { userConfProblems } from "./user-conf.ts";

/** What a caller of the library may say beside a run's options; the command line has no such options. */
export interface SubmissionOverrides {
  /** Rules in place of the round's, such as smaller ones for a test. */
  rules?: Readonly<Record<string, BenchmarkRules>> | undefined;
  /** The audit that the run is a part of. */
  audit?: AuditName | null | undefined;
}

/** A scenario of the command line as a submission's folders call it; null for one that is never submitted. */
export const submissionScenario: Readonly<Record<ScenarioName, SubmissionScenario | null>> = {
  server: "Server",
  interactive: "Interactive",
  offline: "Offline",
  "single-stream": "SingleStream",
  "multi-stream": null,
};

const setByRules = "is set by the benchmark's rules; leave it out";
const wholeSet = "would leave the official set: every sample is asked as it is; leave it out";

/** Options that no run under the rules may have. */
const refused: Readonly<Partial<Record<RunOptionKey, string>>> = {
  maxTokens: setByRules,
  minTokens: setByRules,
  ttftLimit: setByRules,
  tpotLimit: setByRules,
  percentile: setByRules,
  accuracyTarget: setByRules,
  seed: "is set by the round: its seeds stand in LoadGen's mlperf.conf; leave it out",
  samples: wholeSet,
  shuffle: wholeSet,
  minInputTokens: wholeSet,
  maxInputTokens: wholeSet,
  truncate: wholeSet,
};

/**
 * What the options of a run break: a benchmark that is not known, and with `--submission` everything that the rules of
 * the benchmark and the round do not allow. Without `--submission` and `--benchmark` nothing.
 */
export function submissionProblems(config: RunConfig, overrides: SubmissionOverrides = {}): BrokenRule[] {
  if (config.benchmark === null) return [];
  const table = overrides.rules ?? benchmarkRules;
  const resolved = resolveBenchmark(config.benchmark, config.scenario, table);
  const unknown: BrokenRule[] =
    "problem" in resolved ? [{ key: "benchmark", message: resolved.problem }] : [];
  if (!config.submission) return unknown;
  const audit = overrides.audit ?? null;
  return [
    ...unknown,
    ...("problem" in resolved ? [] : benchmarkProblems(config, resolved.rules, table, audit)),
    ...datasetProblems(config, "problem" in resolved ? null : resolved.rules),
    ...roundProblems(config),
    ...optionProblems(config, audit),
    ...userConfProblems(config.userConf, audit).map((message): BrokenRule => ({ key: "userConf", message })),
  ];
}

function benchmarkProblems(
  config: RunConfig,
  rules: BenchmarkRules | null,
  table: Readonly<Record<string, BenchmarkRules>>,
  audit: AuditName | null,
): BrokenRule[] {
  if (rules === null) {
    const known = Object.keys(table).join(", ");
    const message = `names ${config.benchmark}, which cannot be submitted in round ${currentRound.name} by this client; these can: ${known}`;
    return [{ key: "benchmark", message }];
  }
  return [
    ...scenarioProblems(config, rules),
    ...lengthProblems(config, rules),
    ...scoringProblems(config, rules),
    ...(config.modelModule === null || config.modelModule === rules.modelModule
      ? []
      : [
          broken(
            "modelModule",
            `must be ${rules.modelModule}, which has the benchmark's sampling and lengths`,
          ),
        ]),
    ...(rules.separateSets && config.mode === "all" && audit === null ? [separateSets(rules)] : []),
  ];
}

function broken(key: RunOptionKey, message: string): BrokenRule {
  return { key, message };
}

function datasetProblems({ given, mode }: RunConfig, rules: BenchmarkRules | null): BrokenRule[] {
  if (given.includes("dataset")) return [];
  const performanceSet = rules?.performanceSet ?? "the benchmark's official set";
  const set = mode === "accuracy" ? (rules?.accuracySet ?? performanceSet) : performanceSet;
  return [broken("dataset", `is needed by --submission: ${set}`)];
}

function separateSets({ name, performanceSet, accuracySet }: BenchmarkRules): BrokenRule {
  return broken(
    "mode",
    `must be performance or accuracy, in two runs: ${name} measures speed with ${performanceSet}, and accuracy with ${accuracySet}`,
  );
}

function scenarioProblems({ scenario, benchmark }: RunConfig, rules: BenchmarkRules): BrokenRule[] {
  if (benchmark?.endsWith("-interactive") === true && scenario !== "interactive")
    return [broken("benchmark", `names ${benchmark}: give ${rules.name} and --scenario interactive`)];
  const allowed = [...rules.required, ...rules.oneOf];
  const wanted = submissionScenario[scenario];
  if (wanted !== null && allowed.includes(wanted)) return [];
  return [broken("scenario", `is ${scenario}, but ${rules.name} is submitted in ${allowed.join(", ")} only`)];
}

/** Longer is allowed, shorter is not. */
function lengthProblems(config: RunConfig, rules: BenchmarkRules): BrokenRule[] {
  if (config.fast) return [];
  const problems: BrokenRule[] = [];
  if (config.given.includes("duration") && config.durationNs < rules.minDurationMs * 1e6)
    problems.push(
      broken("duration", `must be at least ${rules.minDurationMs / 1000}s; --fast rehearses in less`),
    );
  const fewest = config.scenario === "offline" ? rules.offlineSamples : fewestQueries;
  if (config.given.includes("minQueries") && config.minQueries < fewest)
    problems.push(broken("minQueries", `must be at least ${fewest}; --fast rehearses with less`));
  return problems;
}

/** LoadGen's own, which mlperf.conf leaves as it is. */
const fewestQueries = 100;

function scoringProblems(config: RunConfig, { name, accuracy }: BenchmarkRules): BrokenRule[] {
  if (accuracy.metric === null) return [];
  const message = `is set by the rules: ${name} is scored by ${accuracy.metric}; leave it out`;
  return [
    ...(config.metric === null || config.metric === accuracy.metric ? [] : [broken("metric", message)]),
    ...(config.metricCommand === null ? [] : [broken("metricCommand", message)]),
  ];
}

function roundProblems({ round }: RunConfig): BrokenRule[] {
  const { name, loadgenVersion } = currentRound;
  if (round === null || round === name) return [];
  const isEarlier = earlierRounds.includes(round);
  const seeds = isEarlier ? ` Logs with its seeds fail the checks of ${round}.` : "";
  return [broken("round", `is ${round}, but LoadGen ${loadgenVersion} is that of ${name}.${seeds}`)];
}

function optionProblems(config: RunConfig, audit: AuditName | null): BrokenRule[] {
  const given = new Set<string>(config.given);
  const problems = Object.entries(refused)
    .filter(([key]) => given.has(key))
    // `--no-shuffle` and `--no-truncate` say what holds anyway.
    .filter(([key]) => !((key === "shuffle" && !config.shuffle) || (key === "truncate" && !config.truncate)))
    .map(([key, message]) => broken(key as RunOptionKey, message));
  if (config.maxErrorRate > 0)
    problems.push(broken("maxErrorRate", "must be 0: a submission has no failed requests"));
  if (config.endpoints.length === 0 && config.serve === null)
    problems.push(
      broken("endpoint", "is needed by --submission: the embedded server has a small model of its own"),
    );
  if (audit === null && config.auditConfig !== null)
    problems.push(
      broken("auditConfig", "belongs to an audit: `flexbench compliance` makes it; leave it out"),
    );
  if (audit !== null && config.mode !== "performance")
    problems.push(broken("mode", `must be performance: ${audit} is a performance test`));
  return problems;
}
