import { writeDuration } from "./durations.ts";
import { isLeftToConf } from "./left-to-conf.ts";
import type { RunConfig } from "./run-config.ts";
import { maskUrl } from "./secrets.ts";

const scenarioTitles = {
  server: "Server",
  offline: "Offline",
  "single-stream": "SingleStream",
  "multi-stream": "MultiStream",
  interactive: "Interactive",
} as const;

/** The run in one plain sentence, for people. */
export function describeRun(config: RunConfig): string {
  return `${test(config)} ${load(config)}, dataset ${config.dataset}, ${target(config)}${limits(config)}.`;
}

function test({ mode, scenario, benchmark }: RunConfig): string {
  const tests = {
    performance: "performance test",
    accuracy: "accuracy test",
    all: "performance and accuracy tests",
  };
  const official = benchmark === null ? "" : ` of MLPerf ${benchmark}`;
  return `${scenarioTitles[scenario]} ${tests[mode]}${official}`;
}

function load(config: RunConfig): string {
  return `${pace(config)}, ${config.mode === "accuracy" ? "every sample once" : length(config)}`;
}

function length(config: RunConfig): string {
  const least = [
    isLeftToConf(config, "duration") ? null : writeDuration(config.durationNs),
    isLeftToConf(config, "minQueries") ? null : `${config.minQueries} queries`,
  ].filter((part) => part !== null);
  return least.length === 0 ? "for as long as its conf says" : `at least ${least.join(" and ")}`;
}

function pace(config: RunConfig): string {
  const { scenario, targetQps } = config;
  if (scenario === "single-stream") return "with one query at a time";
  if (scenario === "multi-stream") return "with one query of 8 samples at a time";
  if (targetQps === null)
    return isLeftToConf(config, "targetQps") ? "at the pace of its conf" : "in one query";
  if (scenario === "offline") return `sized for ${targetQps} samples/s`;
  return `at ${targetQps} queries/s`;
}

function target({ endpoints, serve, model }: RunConfig): string {
  const started = serve === null ? "the embedded server" : `a server that is started (${serve.kind})`;
  const server = endpoints.length === 0 ? started : endpoints.map(maskUrl).join(", ");
  return model === null ? `on ${server}` : `${model} on ${server}`;
}

function limits({ ttftLimitNs, tpotLimitNs, percentile }: RunConfig): string {
  const given = [
    ttftLimitNs === null ? null : `TTFT within ${writeDuration(ttftLimitNs)}`,
    tpotLimitNs === null ? null : `TPOT within ${writeDuration(tpotLimitNs)}`,
  ].filter((limit) => limit !== null);
  return given.length === 0 ? "" : `, ${given.join(" and ")} for ${percentile}% of requests`;
}
