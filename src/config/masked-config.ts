import { writeDuration } from "./durations.ts";
import type { RunConfig } from "./run-config.ts";
import { mask, maskSecretPairs, maskUrl } from "./secrets.ts";

/**
 * The run as plain data under the keys of a configuration file, secrets masked; without `json`, `quiet` and
 * `dryRun`, which say nothing about the run. As a file it gives the same run again, apart from the secrets.
 */
export function maskedConfig(config: RunConfig): Record<string, unknown> {
  const durationOrNull = (ns: number | null) => (ns === null ? null : writeDuration(ns));
  return {
    endpoint: config.endpoints.map(maskUrl),
    api: config.api,
    apiKey: config.apiKey === null ? null : mask,
    header: maskSecretPairs(config.headers),
    tlsCa: config.tlsCa,
    tlsCert: config.tlsCert,
    tlsKey: config.tlsKey,
    insecure: config.insecure,
    model: config.model,
    modelModule: config.modelModule,
    tokenizer: config.tokenizer,
    dataset: config.dataset,
    datasetOption: maskSecretPairs(config.datasetOptions),
    benchmark: config.benchmark,
    scenario: config.scenario,
    mode: config.mode,
    targetQps: config.targetQps,
    duration: writeDuration(config.durationNs),
    minQueries: config.minQueries,
    maxTokens: config.maxTokens,
    minTokens: config.minTokens,
    warmup: config.warmup,
    seed: config.seed,
    userConf: config.userConf,
    auditConfig: config.auditConfig,
    ttftLimit: durationOrNull(config.ttftLimitNs),
    tpotLimit: durationOrNull(config.tpotLimitNs),
    percentile: config.percentile,
    maxErrorRate: config.maxErrorRate,
    workers: config.workers,
    connections: config.connections,
    timeout: writeDuration(config.timeoutNs),
    output: config.output,
  };
}
