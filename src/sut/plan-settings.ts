import type { RunConfig, ScenarioName } from "../config/run-config.ts";
import { applyConf } from "../loadgen/conf.ts";
import {
  resolveTestSettings,
  type Scenario,
  type TestMode,
  type TestSettings,
  type TestSettingsInput,
} from "../loadgen/settings.ts";
import type { LatencyLimits, ModelModule } from "../model/define-model.ts";

/** LoadGen's scenario for one of the command line: Interactive is Server with other limits. */
export const loadgenScenario: Readonly<Record<ScenarioName, Scenario>> = {
  server: "Server",
  interactive: "Server",
  offline: "Offline",
  "single-stream": "SingleStream",
  "multi-stream": "MultiStream",
};

/** The limits a run is judged by: the user's, else the model's for the scenario; ns. */
export function latencyLimits(config: RunConfig, model: ModelModule): LatencyLimits {
  const ofModel = (config.scenario === "interactive" ? model.interactiveLimits : null) ?? model.serverLimits;
  return { ttftNs: config.ttftLimitNs ?? ofModel.ttftNs, tpotNs: config.tpotLimitNs ?? ofModel.tpotNs };
}

/**
 * The settings of one LoadGen test. Without a benchmark or a user.conf they follow from the run's options; with one,
 * LoadGen's embedded mlperf.conf and the user.conf come first, and only options that the user gave change them.
 * The seeds then are the official ones.
 */
export function planSettings(
  config: RunConfig,
  model: ModelModule,
  mode: Extract<TestMode, "PerformanceOnly" | "AccuracyOnly">,
): TestSettings {
  const scenario = loadgenScenario[config.scenario];
  const official = config.benchmark !== null || config.userConf !== null;
  const base: TestSettingsInput = { scenario, mode, useTokenLatencies: true };
  if (!official) return resolveTestSettings({ ...base, ...allOptions(config, model) });
  const suffix = config.scenario === "interactive" ? "-interactive" : "";
  const conf = applyConf(resolveTestSettings(base), {
    model: `${config.benchmark ?? model.mlperfConfKey ?? model.name}${suffix}`,
    scenario,
    userConf: config.userConf ?? undefined,
  });
  const given = Object.fromEntries(
    Object.entries(optionFields(config, model)).filter(([option]) => config.given.includes(option)),
  );
  return resolveTestSettings({ ...Object.assign({}, ...Object.values(given)), scenario, mode }, conf);
}

function allOptions(config: RunConfig, model: ModelModule): TestSettingsInput {
  return Object.assign({}, ...Object.values(optionFields(config, model)));
}

/** Which settings each option of the run decides. */
function optionFields(config: RunConfig, model: ModelModule): Record<string, TestSettingsInput> {
  const limits = latencyLimits(config, model);
  const percentile = config.percentile / 100;
  const seed = BigInt(config.seed);
  return {
    targetQps: config.targetQps === null ? {} : rateFields(config.targetQps),
    duration: { minDurationMs: Math.round(config.durationNs / 1e6) },
    minQueries: { minQueryCount: config.minQueries },
    ttftLimit: { serverTtftLatency: limits.ttftNs },
    tpotLimit: { serverTpotLatency: limits.tpotNs },
    percentile: {
      serverTargetLatencyPercentile: percentile,
      singleStreamTargetLatencyPercentile: percentile,
      multiStreamTargetLatencyPercentile: percentile,
    },
    // Three streams of numbers; LoadGen draws each from a generator of its own.
    seed: { qslRngSeed: seed, sampleIndexRngSeed: seed + 1n, scheduleRngSeed: seed + 2n },
  };
}

/** The expected rate sizes what LoadGen prepares in the closed loops; in the open ones it is the load. */
function rateFields(targetQps: number): TestSettingsInput {
  return {
    serverTargetQps: targetQps,
    offlineExpectedQps: targetQps,
    singleStreamExpectedLatencyNs: 1e9 / targetQps,
    multiStreamExpectedLatencyNs: 1e9 / targetQps,
  };
}
