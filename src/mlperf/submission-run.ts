import { readFileSync } from "node:fs";
import type { RunConfig } from "../config/run-config.ts";
import { flagOf } from "../config/run-options.ts";
import { type Problem, UsageError } from "../errors.ts";
import { loadgenVersion } from "../loadgen/binding.ts";
import { applyConf } from "../loadgen/conf.ts";
import { resolveTestSettings, type TestSettings } from "../loadgen/settings.ts";
import { loadgenScenario } from "../sut/plan-settings.ts";
import {
  type BenchmarkRules,
  benchmarkRules,
  confKeyOf,
  type SubmissionScenario,
} from "./benchmark-rules.ts";
import { resolveBenchmark } from "./resolve-benchmark.ts";
import { currentRound } from "./round.ts";
import { type SubmissionOverrides, submissionProblems, submissionScenario } from "./submission-options.ts";
import { type UserConfLine, writeUserConf } from "./user-conf.ts";

/** A run under the rules of its benchmark. */
export interface SubmissionPlan {
  rules: BenchmarkRules;
  scenario: SubmissionScenario;
  /** The run as it is made: conf key and model module set, and what the user.conf says left to it. */
  config: RunConfig;
  /** Text of the user.conf that is written for it: all that differs from mlperf.conf. */
  userConf: string;
}

/** A run with `--benchmark` in the form that LoadGen knows. Throws UsageError `CONFIG_INVALID` with every problem. */
export function withConfKey(config: RunConfig, overrides: SubmissionOverrides = {}): RunConfig {
  refuse(submissionProblems(config, overrides).map(({ key, message }) => ({ where: flagOf(key), message })));
  if (config.benchmark === null) return config;
  const resolved = resolveBenchmark(config.benchmark, config.scenario, overrides.rules);
  return "problem" in resolved ? config : { ...config, benchmark: resolved.confKey };
}

/**
 * Sets all rules of the benchmark: the conf key, the model module, and by a user.conf, to be written to `userConfPath`,
 * whatever must differ from mlperf.conf. Throws UsageError `CONFIG_INVALID` with every option that breaks a rule, and
 * `ROUND_MISMATCH` when this LoadGen is not the round's.
 */
export function planSubmission(
  given: RunConfig,
  userConfPath: string,
  overrides: SubmissionOverrides = {},
): SubmissionPlan {
  const config = withConfKey(given, overrides);
  const rules = resolvedRules(config, overrides);
  const scenario = submissionScenario[config.scenario];
  if (rules === null || scenario === null) throw new Error("a submission has a benchmark and a scenario");
  const model = confKeyOf(rules, scenario);
  const embedded = confSettings(config, model, null);
  refuseOtherRound(embedded);
  const conf = confSettings(config, model, config.userConf);
  const { lines, problems } = userConfLines({ config, rules, scenario, embedded, conf });
  refuse(problems);
  const title = `user.conf of ${rules.name}, ${scenario}, MLPerf Inference ${currentRound.name}${config.fast ? ", a rehearsal that cannot be submitted" : ""}`;
  const own = config.userConf === null ? null : readFileSync(config.userConf, "utf8");
  return {
    rules,
    scenario,
    config: {
      ...config,
      modelModule: rules.modelModule,
      userConf: userConfPath,
      // The file alone decides what it says, so that the settings are those that are submitted with it.
      given: config.given.filter((key) => !["targetQps", "duration", "minQueries"].includes(key)),
    },
    userConf: writeUserConf(title, model, loadgenScenario[config.scenario], lines, own),
  };
}

function resolvedRules(config: RunConfig, { rules }: SubmissionOverrides): BenchmarkRules | null {
  const resolved = resolveBenchmark(config.benchmark ?? "", config.scenario, rules ?? benchmarkRules);
  return "problem" in resolved ? null : resolved.rules;
}

function confSettings(config: RunConfig, model: string, userConf: string | null): TestSettings {
  const scenario = loadgenScenario[config.scenario];
  const base = resolveTestSettings({ scenario, mode: "PerformanceOnly", useTokenLatencies: true });
  return applyConf(base, { model, scenario, userConf: userConf ?? undefined });
}

/** What must stand in the user.conf beside what the user's own file says, so that the rules hold. */
function userConfLines(known: {
  config: RunConfig;
  rules: BenchmarkRules;
  scenario: SubmissionScenario;
  embedded: TestSettings;
  conf: TestSettings;
}): { lines: UserConfLine[]; problems: Problem[] } {
  const { config, rules, scenario } = known;
  const lines: UserConfLine[] = [];
  if (config.targetQps !== null)
    lines.push(
      scenario === "SingleStream"
        ? { key: "target_latency", value: 1000 / config.targetQps }
        : { key: "target_qps", value: config.targetQps },
    );
  const duration = chosenLength(known, "minDurationMs", rules.minDurationMs, {
    key: "min_duration",
    given: config.fast || config.given.includes("duration") ? Math.round(config.durationNs / 1e6) : null,
  });
  const leastQueries = scenario === "Offline" ? rules.offlineSamples : known.embedded.minQueryCount;
  const queries = chosenLength(known, "minQueryCount", leastQueries, {
    key: "min_query_count",
    given: config.fast || config.given.includes("minQueries") ? config.minQueries : null,
  });
  lines.push(...duration.lines, ...queries.lines, ...countLines(known), ...limitLines(known));
  return { lines, problems: [...duration.problems, ...queries.problems] };
}

/** The option's length, else that of the user's file, else the rules'; a line only where LoadGen would take another. */
function chosenLength(
  { config, embedded, conf }: { config: RunConfig; embedded: TestSettings; conf: TestSettings },
  field: "minDurationMs" | "minQueryCount",
  least: number,
  { key, given }: { key: string; given: number | null },
): { lines: UserConfLine[]; problems: Problem[] } {
  const isOfFile = conf[field] !== embedded[field];
  const value = given ?? (isOfFile ? conf[field] : least);
  if (value < least && !config.fast) {
    const message = `sets ${key} to ${value}, but the rules ask for at least ${least}`;
    return { lines: [], problems: [{ where: flagOf("userConf"), message }] };
  }
  return { lines: value === conf[field] ? [] : [{ key, value }], problems: [] };
}

function countLines({
  config,
  rules,
  embedded,
  conf,
}: {
  config: RunConfig;
  rules: BenchmarkRules;
  embedded: TestSettings;
  conf: TestSettings;
}): UserConfLine[] {
  const lines: UserConfLine[] = [];
  // An audit's own set stands in its user.conf.
  const isOfFile = conf.performanceSampleCountOverride !== embedded.performanceSampleCountOverride;
  if (!isOfFile && embedded.performanceSampleCountOverride !== rules.performanceSamples)
    lines.push({ key: "performance_sample_count_override", value: rules.performanceSamples });
  const accuracyCount = conf.accuracySampleCountOverride;
  if (accuracyCount !== 0 && accuracyCount !== rules.accuracySamples)
    lines.push({ key: "accuracy_sample_count_override", value: rules.accuracySamples });
  // Whole copies of the set would make a rehearsal as long as the run itself.
  if (config.fast && conf.sampleConcatenatePermutation)
    lines.push({ key: "sample_concatenate_permutation", value: 0 });
  return lines;
}

/** Only where the rules are others than LoadGen's, as in a test with rules of its own. */
function limitLines({
  rules,
  scenario,
  conf,
}: {
  rules: BenchmarkRules;
  scenario: SubmissionScenario;
  conf: TestSettings;
}): UserConfLine[] {
  const limits = scenario === "Server" || scenario === "Interactive" ? rules.limits[scenario] : undefined;
  if (limits === undefined) return [];
  return [
    { key: "ttft_latency", value: limits.ttftNs / 1e6, is: conf.serverTtftLatency / 1e6 },
    { key: "tpot_latency", value: limits.tpotNs / 1e6, is: conf.serverTpotLatency / 1e6 },
  ]
    .filter(({ value, is }) => value !== is)
    .map(({ key, value }) => ({ key, value }));
}

function refuse(problems: readonly Problem[]): void {
  if (problems.length > 0)
    throw new UsageError("CONFIG_INVALID", problems, {
      hint: "docs/official-runs.md says what each rule is for; `flexbench run --help` lists every option.",
    });
}

function refuseOtherRound(settings: TestSettings): void {
  const { name, seeds, loadgenVersion: expected } = currentRound;
  const version = loadgenVersion();
  const problems: Problem[] = [];
  if (version !== expected)
    problems.push({ where: "LoadGen", message: `is ${version}, but round ${name} is that of ${expected}` });
  const found = {
    qsl: settings.qslRngSeed,
    sampleIndex: settings.sampleIndexRngSeed,
    schedule: settings.scheduleRngSeed,
  };
  for (const [seed, value] of Object.entries(seeds) as [keyof typeof seeds, string][]) {
    if (String(found[seed]) !== value)
      problems.push({
        where: "mlperf.conf",
        message: `has the ${seed} seed ${found[seed]}, and ${name} has ${value}`,
      });
  }
  if (problems.length > 0) throw new UsageError("ROUND_MISMATCH", problems);
}
