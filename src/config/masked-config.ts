import { writeDuration } from "./durations.ts";
import { isLeftToConf } from "./left-to-conf.ts";
import type { RunConfig } from "./run-config.ts";
import type { RunOptionKey } from "./run-options.ts";
import { pairs } from "./run-values.ts";
import { mask, maskCommand, maskSecretPairs, maskUrl } from "./secrets.ts";
import type { ServeChoice } from "./serve-choice.ts";

/**
 * The run as plain data under the keys of a configuration file, secrets masked; without `live`, `json`, `quiet` and
 * `dryRun`, which say nothing about the run. Null stands for what is not set, or left to mlperf.conf and user.conf.
 * As a file it gives the same run again, apart from the secrets.
 */
export function maskedConfig(config: RunConfig): Record<string, unknown> {
  const durationOrNull = (ns: number | null) => (ns === null ? null : writeDuration(ns));
  const unlessLeftToConf = <Value>(key: RunOptionKey, value: Value) =>
    isLeftToConf(config, key) ? null : value;
  return {
    endpoint: config.endpoints.map(maskUrl),
    serve: config.serve && maskedServe(config.serve),
    api: config.api,
    apiKey: config.apiKey === null ? null : mask,
    header: maskSecretPairs(config.headers),
    tlsCa: config.tlsCa,
    tlsCert: config.tlsCert,
    tlsKey: config.tlsKey,
    insecure: config.insecure,
    serverMetrics: config.serverMetrics,
    metricsUrl: config.metricsUrls.map(maskUrl),
    sharedServer: config.sharedServer,
    model: config.model,
    modelModule: config.modelModule,
    tokenizer: config.tokenizer,
    dataset: config.dataset,
    datasetOption: maskSecretPairs(config.datasetOptions),
    datasetRevision: config.datasetRevision,
    column: config.columns,
    promptTemplate: config.promptTemplate,
    samples: config.samples,
    shuffle: config.shuffle,
    minInputTokens: config.minInputTokens,
    maxInputTokens: config.maxInputTokens,
    truncate: config.truncate,
    benchmark: config.benchmark,
    submission: config.submission,
    fast: config.fast,
    round: config.round,
    metric: config.metric,
    metricCommand: config.metricCommand,
    metricTimeout: writeDuration(config.metricTimeoutNs),
    accuracyTarget: config.accuracyTargets,
    scenario: config.scenario,
    mode: config.mode,
    targetQps: unlessLeftToConf("targetQps", config.targetQps),
    duration: unlessLeftToConf("duration", writeDuration(config.durationNs)),
    minQueries: unlessLeftToConf("minQueries", config.minQueries),
    maxTokens: config.maxTokens,
    minTokens: config.minTokens,
    warmup: config.warmup,
    seed: unlessLeftToConf("seed", config.seed),
    userConf: config.userConf,
    auditConfig: config.auditConfig,
    ttftLimit: durationOrNull(config.ttftLimitNs),
    tpotLimit: durationOrNull(config.tpotLimitNs),
    percentile: unlessLeftToConf("percentile", config.percentile),
    maxErrorRate: config.maxErrorRate,
    workers: config.workers,
    connections: config.connections,
    timeout: writeDuration(config.timeoutNs),
    power: config.power,
    powerUrl: config.powerUrls.map(maskUrl),
    powerCommand: config.powerCommand && maskCommand(config.powerCommand),
    powerPattern: config.powerPattern,
    pricePerHour: config.pricePerHour,
    priceBook: config.priceBook,
    accelerator: config.accelerator,
    accelerators: config.priceBook === null ? null : config.accelerators,
    output: config.output,
  };
}

function maskedServe({ kind, settings }: ServeChoice): Record<string, unknown> {
  const { command, env, ...others } = settings;
  return {
    kind,
    ...others,
    ...(typeof command === "string" ? { command: maskCommand(command) } : {}),
    ...(env === undefined ? {} : { env: maskedVariables(env) }),
  };
}

/** Variables as pairs of text or as a mapping. */
function maskedVariables(env: unknown): Record<string, string> {
  const reading = pairs.safeParse(env);
  return reading.success ? maskSecretPairs(reading.data) : {};
}
