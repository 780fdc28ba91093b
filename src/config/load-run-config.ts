import { type Problem, UsageError } from "../errors.ts";
import type { BrokenRule } from "./cross-field-rules.ts";
import { runDefaults } from "./defaults.ts";
import { defaultsFor } from "./dependent-defaults.ts";
import { valuesOfEnvironment, valuesOfFile, valuesOfFlags } from "./given-values.ts";
import { readSettings } from "./read-settings.ts";
import type { RunConfig } from "./run-config.ts";
import { flagOf, type RunOptionKey } from "./run-options.ts";
import type { RunSettings } from "./run-schema.ts";
import { serveOf } from "./serve-choice.ts";

/** Where the options of a run come from; an option of an earlier source hides that of a later one. */
export interface RunConfigSources {
  /** Parsed flags by name, in camelCase or kebab-case. */
  flags?: Readonly<Record<string, unknown>>;
  /** Variables; those that start with FLEXBENCH_ count. */
  env?: Readonly<Record<string, string | undefined>>;
  /** Path of a YAML file. */
  file?: string | null;
  /** What was found wrong before, to be reported together with the rest. */
  problems?: readonly Problem[];
  /** Whose `--help` lists the options. @default "run" */
  command?: string;
  /** Options that the caller sets for each of several runs: that they are missing is no problem. */
  decidedLater?: readonly RunOptionKey[];
  /** Rules that lie beyond options and files, such as a benchmark's; none by default. */
  furtherRules?: (config: RunConfig) => readonly BrokenRule[];
}

/**
 * Resolves the options of a run: flags, else environment, else file, else defaults.
 * @throws UsageError `CONFIG_INVALID` with every problem of every source.
 */
export function loadRunConfig({
  flags = {},
  env = {},
  file = null,
  problems: earlierProblems = [],
  command = "run",
  decidedLater = [],
  furtherRules = () => [],
}: RunConfigSources): RunConfig {
  const sources = [valuesOfFlags(flags), valuesOfEnvironment(env)];
  if (file !== null) sources.push(valuesOfFile(file));

  const strongest = new Map(sources.toReversed().flatMap(({ values }) => [...values]));
  const { settings, problems } = readSettings(strongest, decidedLater);
  const config = resolve(settings);
  const known = [...earlierProblems, ...sources.flatMap((source) => source.problems), ...problems];
  const further = furtherRules(config)
    .map(({ key, message }) => ({ where: strongest.get(key)?.where ?? flagOf(key), message }))
    // What cannot be read is not judged as well.
    .filter(({ where }) => known.every((problem) => problem.where !== where));
  const allProblems = [...known, ...further];
  if (allProblems.length > 0) {
    throw new UsageError("CONFIG_INVALID", allProblems, {
      hint: `\`flexbench ${command} --help\` lists every option.`,
    });
  }
  return config;
}

function resolve(settings: RunSettings): RunConfig {
  const defaults = defaultsFor(settings);
  return {
    given: Object.keys(settings),
    endpoints: settings.endpoint ?? [],
    serve: serveOf(settings),
    model: settings.model ?? null,
    modelModule: settings.modelModule ?? null,
    tokenizer: settings.tokenizer ?? null,
    dataset: settings.dataset ?? defaults.dataset,
    datasetOptions: settings.datasetOption ?? {},
    datasetRevision: settings.datasetRevision ?? null,
    columns: settings.column ?? {},
    promptTemplate: settings.promptTemplate ?? null,
    samples: settings.samples ?? null,
    shuffle: settings.shuffle ?? runDefaults.shuffle,
    minInputTokens: settings.minInputTokens ?? null,
    maxInputTokens: settings.maxInputTokens ?? null,
    truncate: settings.truncate ?? runDefaults.truncate,
    benchmark: settings.benchmark ?? null,
    submission: settings.submission ?? runDefaults.submission,
    fast: settings.fast ?? runDefaults.fast,
    round: settings.round ?? null,
    metric: settings.metric ?? null,
    metricCommand: settings.metricCommand ?? null,
    metricTimeoutNs: settings.metricTimeout ?? runDefaults.metricTimeout,
    accuracyTargets: settings.accuracyTarget ?? {},
    scenario: settings.scenario ?? runDefaults.scenario,
    mode: settings.mode ?? defaults.mode,
    targetQps: settings.targetQps ?? defaults.targetQps,
    durationNs: settings.duration ?? runDefaults.duration,
    minQueries: settings.minQueries ?? defaults.minQueries,
    maxTokens: settings.maxTokens ?? defaults.maxTokens,
    minTokens: settings.minTokens ?? null,
    ttftLimitNs: settings.ttftLimit ?? null,
    tpotLimitNs: settings.tpotLimit ?? null,
    percentile: settings.percentile ?? defaults.percentile,
    api: settings.api ?? null,
    apiKey: settings.apiKey ?? null,
    headers: settings.header ?? {},
    tlsCa: settings.tlsCa ?? null,
    tlsCert: settings.tlsCert ?? null,
    tlsKey: settings.tlsKey ?? null,
    insecure: settings.insecure ?? runDefaults.insecure,
    serverMetrics: settings.serverMetrics ?? runDefaults.serverMetrics,
    metricsUrls: settings.metricsUrl ?? [],
    sharedServer: settings.sharedServer ?? runDefaults.sharedServer,
    workers: settings.workers ?? null,
    connections: settings.connections ?? null,
    timeoutNs: settings.timeout ?? runDefaults.timeout,
    maxErrorRate: settings.maxErrorRate ?? runDefaults.maxErrorRate,
    userConf: settings.userConf ?? null,
    auditConfig: settings.auditConfig ?? null,
    seed: settings.seed ?? runDefaults.seed,
    warmup: settings.warmup ?? null,
    power: settings.power ?? runDefaults.power,
    powerUrls: settings.powerUrl ?? [],
    powerCommand: settings.powerCommand ?? null,
    powerPattern: settings.powerPattern ?? null,
    pricePerHour: settings.pricePerHour ?? null,
    priceBook: settings.priceBook ?? null,
    accelerator: settings.accelerator ?? null,
    accelerators: settings.accelerators ?? runDefaults.accelerators,
    output: settings.output ?? null,
    live: settings.live ?? runDefaults.live,
    json: settings.json ?? runDefaults.json,
    quiet: settings.quiet ?? runDefaults.quiet,
    dryRun: settings.dryRun ?? runDefaults.dryRun,
  };
}
