import type { Distribution, RunRecord } from "#src/results/record.js";

/** A distribution in the proportions of a healthy run, by its median. */
export function distributionAround(p50: number): Distribution {
  const times = (factor: number) => Math.round(p50 * factor);
  return {
    min: times(0.9),
    mean: times(1.02),
    max: times(1.9),
    p50,
    p90: times(1.1),
    p95: times(1.15),
    p97: times(1.2),
    p99: times(1.4),
    p999: times(1.8),
  };
}

/** A VALID Server run against a server that takes 20 ms to the first token and 10 ms a token. */
export function sampleRecord(changes: Partial<RunRecord> = {}): RunRecord {
  return {
    schema: "flexbench.run/1",
    id: "20261124T120000Z-server-0a1b2c",
    state: "valid",
    reasons: [],
    simulated: false,
    startedAt: "2026-11-24T12:00:00.000Z",
    endedAt: "2026-11-24T12:01:02.000Z",
    flexbench: { version: "0.1.0", commit: null },
    loadgen: {
      version: "6.0.17",
      sourceSha256: "a2e85d",
      scenario: "Server",
      mode: "performance",
      validity: "VALID",
      invalidReasons: [],
      errors: [],
      warnings: ["Warning about nothing."],
      summary: { requested_server_ttft_latency: 2e9, requested_server_tpot_latency: 2e8 },
    },
    metrics: {
      samplesPerSecond: 99.41,
      tokensPerSecond: 9941.2,
      promptTokensPerSecond: 12_725.3,
      outputTokens: 298_236,
      ttftNs: distributionAround(20_410_000),
      answerTtftNs: null,
      tpotNs: distributionAround(10_020_000),
      itlNs: distributionAround(10_010_000),
      latencyNs: distributionAround(1_012_000_000),
      serviceTtftNs: distributionAround(20_190_000),
      goodput: { share: 0.9996, samplesPerSecond: 99.37 },
      tokenCountSource: "usage",
    },
    requests: { issued: 2982, completed: 2982, failed: 0, byError: [], finishReasons: { length: 2982 } },
    client: {
      cpuSeconds: 2.4,
      cpuUsPerToken: 8.05,
      rssBytes: 142_000_000,
      workers: 2,
      dispatchDelayNs: distributionAround(180_000),
      eventLoopDelayNs: { p50: 1e6, p99: 3e6, max: 9e6 },
      stimulus: { cv: 1.01, lag1: 0.01, dispersion: 0.98, askedQps: 100, deliveredQps: 99.4 },
      saturated: false,
      why: null,
    },
    accuracy: null,
    energy: null,
    energyWhy: null,
    cost: null,
    costWhy: null,
    serverMetrics: null,
    serverMetricsWhy: null,
    model: { name: "tiny", module: "generic" },
    dataset: {
      name: "synthetic",
      source: "built-in",
      sha256: null,
      size: 1000,
      performanceSampleCount: 1000,
    },
    endpoints: [
      {
        url: "http://127.0.0.1:9100",
        requests: 2982,
        failed: 0,
        outputTokens: 298_200,
        ttftNs: null,
        latencyNs: null,
        takenOut: false,
      },
    ],
    server: { name: "vLLM", version: "0.11.0", maxModelLength: 2048, configuration: null, launch: null },
    system: { hostname: "h", os: "Linux", cpu: "cpu", cores: 2, memoryBytes: 8e9, node: "20.20.0" },
    config: { scenario: "server" },
    submission: null,
    label: "not verified by MLCommons",
    ...changes,
  };
}
