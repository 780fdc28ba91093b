import type { Distribution, RunRecord } from "../results/record.ts";

/** A figure of a run; null where it was not measured. */
export type Figure = string | number | boolean | null;

/** The figures of a run as one flat row; the names carry their units. */
export type RunFigures = Record<string, Figure>;

const distributionKeys = ["min", "mean", "p50", "p90", "p95", "p97", "p99", "p999", "max"] as const;

/** The figures of a run, the same names for every run. */
export function runFigures(name: string, record: RunRecord): RunFigures {
  const { metrics, requests, loadgen, client, energy, cost, accuracy, serverMetrics } = record;
  return {
    name,
    id: record.id,
    state: record.state,
    loadgenVerdict: loadgen?.validity ?? null,
    scenario: loadgen?.scenario ?? null,
    simulated: record.simulated,
    startedAt: record.startedAt,
    endedAt: record.endedAt,
    model: record.model.name,
    dataset: record.dataset.name,
    server: record.server.name,
    serverVersion: record.server.version,
    flexbenchVersion: record.flexbench.version,
    loadgenVersion: loadgen?.version ?? null,
    askedQps: client?.stimulus.askedQps ?? null,
    deliveredQps: client?.stimulus.deliveredQps ?? null,
    requestsIssued: requests.issued,
    requestsCompleted: requests.completed,
    requestsFailed: requests.failed,
    samplesPerSecond: metrics.samplesPerSecond,
    tokensPerSecond: metrics.tokensPerSecond,
    promptTokensPerSecond: metrics.promptTokensPerSecond,
    outputTokens: metrics.outputTokens,
    tokenCountSource: metrics.tokenCountSource,
    goodputShare: metrics.goodput?.share ?? null,
    goodputSamplesPerSecond: metrics.goodput?.samplesPerSecond ?? null,
    ...distributionFigures("ttft", metrics.ttftNs),
    ...distributionFigures("serviceTtft", metrics.serviceTtftNs),
    ...distributionFigures("tpot", metrics.tpotNs),
    ...distributionFigures("itl", metrics.itlNs),
    ...distributionFigures("latency", metrics.latencyNs),
    clientCpuUsPerToken: client?.cpuUsPerToken ?? null,
    clientSaturated: client?.saturated ?? null,
    kvCacheUseMax: serverMetrics?.kvCacheUse?.max ?? null,
    serverWaitingMax: serverMetrics?.waiting?.max ?? null,
    energyJoules: energy?.joules ?? null,
    meanWatts: energy?.meanWatts ?? null,
    tokensPerJoule: energy?.tokensPerJoule ?? null,
    costCurrency: cost?.currency ?? null,
    costPerMillionOutputTokens: cost?.perMillionOutputTokens ?? null,
    costPerThousandRequests: cost?.perThousandRequests ?? null,
    accuracyPassed: accuracy?.passed ?? null,
  };
}

/** "ttft", p50 → "ttftP50Ns". */
function distributionFigures(name: string, distribution: Distribution | null): RunFigures {
  return Object.fromEntries(
    distributionKeys.map((key) => [
      `${name}${key.charAt(0).toUpperCase()}${key.slice(1)}Ns`,
      distribution?.[key] ?? null,
    ]),
  );
}
