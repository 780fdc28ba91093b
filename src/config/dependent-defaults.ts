import {
  embeddedServerDataset,
  embeddedServerLoad,
  embeddedServerTargetQps,
  runDefaults,
} from "./defaults.ts";
import type { RunConfig, RunMode } from "./run-config.ts";
import type { RunSettings } from "./run-schema.ts";
import { serveOf } from "./serve-choice.ts";

/** Defaults that depend on what else the user gave: a server of their own or the embedded one, a conf, a scenario. */
export function defaultsFor(
  settings: RunSettings,
): Pick<RunConfig, "dataset" | "mode" | "targetQps" | "minQueries" | "maxTokens" | "percentile"> {
  const { endpoint = [], scenario = runDefaults.scenario, benchmark, userConf, minTokens = 0 } = settings;
  const { dataset, minQueries: fewestQueries, percentile: strictPercentile } = runDefaults;
  // Both tests make a result that can be submitted.
  const mode: RunMode = settings.submission === true ? "all" : runDefaults.mode;
  const general = { dataset, mode, targetQps: null, minQueries: fewestQueries, percentile: strictPercentile };
  if (endpoint.length > 0 || serveOf(settings) !== null) return { ...general, maxTokens: null };
  const embedded = { ...general, dataset: embeddedServerDataset, maxTokens: null };
  const hasConf = benchmark !== undefined || userConf !== undefined;
  const isClosedLoop = scenario === "single-stream" || scenario === "multi-stream";
  if (hasConf || isClosedLoop) return embedded;
  if (scenario !== "server") return { ...embedded, targetQps: embeddedServerTargetQps };
  return {
    ...embedded,
    ...embeddedServerLoad,
    maxTokens: Math.max(embeddedServerLoad.maxTokens, minTokens),
  };
}
