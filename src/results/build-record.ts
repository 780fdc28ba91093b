import type { Explanation } from "../loadgen/explain-verdict.ts";
import type { Scenario } from "../loadgen/settings.ts";
import type { LoadgenResult } from "../loadgen/verdict.ts";
import { type ClientReport, judgeClient } from "../metrics/client-health.ts";
import { distributionOf } from "../metrics/distribution.ts";
import { countRequests, elapsed, goodRequests, pick, type RequestCounts, sum } from "../metrics/requests.ts";
import { judgeStimulus } from "../metrics/stimulus.ts";
import { countTokensOnly, type Metrics, summarise, type TokenCountSource } from "../metrics/summaries.ts";
import type { LatencyLimits } from "../model/define-model.ts";
import type { ClientHealth, GapHistogram } from "../sut/snapshot.ts";
import type { Timeline } from "../sut/timeline.ts";
import { type JudgedTest, judgeRun } from "./judge-run.ts";
import type { AccuracyReport, RunRecord } from "./record.ts";
import { recordSchemaName } from "./record-schema.ts";
import { type RunResources, resourcesOf } from "./resources.ts";

/** What one LoadGen test left behind, whether it came to its end or not. */
export interface TestOutcome {
  timeline: Timeline;
  /** Requests that LoadGen issued, those included that were still open when the test ended. */
  issued: number;
  /** What LoadGen logged; null when there is no readable log. */
  loadgen: LoadgenResult | null;
  /** What the child process said about itself; null when it died before. */
  health: ClientHealth | null;
  /** Gap histograms of the workers. */
  gaps: readonly GapHistogram[];
  /** By endpoint: it was given no more requests, as nothing could connect to it. */
  takenOut: readonly boolean[];
  /** Why the test did not come to its end: a crash, the watchdog, a server that died. Null when it did. */
  failure: Explanation | null;
}

/** Everything that is known at the end of a run; plain data. */
export interface RunOutcome {
  id: string;
  startedAt: Date;
  endedAt: Date;
  flexbench: { version: string; commit: string | null };
  /** True when the server was the built-in simulator. */
  simulated: boolean;
  scenario: Scenario;
  /** Limits that goodput is judged by; null for none. */
  limits: LatencyLimits | null;
  /** LoadGen's target in the Server scenario; null in the others. */
  askedQps: number | null;
  /** Failures allowed, as a share of the requests issued; 0..1. */
  maxErrorRate: number;
  tokenCountSource: TokenCountSource | null;
  /** The performance test; null when none was asked for or the run ended before it. */
  performance: TestOutcome | null;
  /** The accuracy test; likewise. */
  accuracyTest: TestOutcome | null;
  /** Scores of the accuracy test; null when there are none. */
  accuracy: AccuracyReport | null;
  /** What the servers and power meters told of the performance test, and the price. */
  resources: RunResources;
  /** Why somebody ended the run early, e.g. by Ctrl-C; null when nobody did. */
  aborted: Explanation | null;
  /** Why the run failed outside of its tests; null when it did not. */
  failure: Explanation | null;
  model: RunRecord["model"];
  dataset: RunRecord["dataset"];
  /** URLs of the endpoints without secrets, by the timeline's index. */
  endpointUrls: readonly string[];
  server: RunRecord["server"];
  system: RunRecord["system"];
  /** The resolved configuration, secrets masked. */
  config: Record<string, unknown>;
  /** The rules of MLPerf that it was made by; null for none. */
  submission: RunRecord["submission"];
}

/**
 * Composes the record of a run. Figures are those of the performance test; a run of an accuracy test alone has its
 * counts, but no figures of speed. `judgeRun` says how the state is decided.
 */
export function buildRecord(outcome: RunOutcome): RunRecord {
  const { performance, accuracyTest } = outcome;
  const shown = performance ?? accuracyTest;
  const { state, reasons } = judgeRun({
    performance: performance === null ? null : judged(performance),
    accuracy: accuracyTest === null ? null : judged(accuracyTest),
    maxErrorRate: outcome.maxErrorRate,
    aborted: outcome.aborted,
    failure: outcome.failure,
  });
  const metrics = metricsOf(outcome);
  return {
    schema: recordSchemaName,
    id: outcome.id,
    state,
    reasons,
    simulated: outcome.simulated,
    startedAt: outcome.startedAt.toISOString(),
    endedAt: outcome.endedAt.toISOString(),
    flexbench: outcome.flexbench,
    loadgen: shown?.loadgen ?? null,
    metrics,
    requests: shown === null ? nothingIssued : countsOf(shown),
    client: shown === null ? null : clientOf(shown, outcome),
    accuracy: outcome.accuracy,
    ...resourcesOf(outcome.resources, performance === null ? null : metrics),
    model: outcome.model,
    dataset: outcome.dataset,
    endpoints: endpointsOf(shown, outcome.endpointUrls),
    server: outcome.server,
    system: outcome.system,
    config: outcome.config,
    submission: outcome.submission,
    label: "not verified by MLCommons",
  };
}

const nothingIssued: RequestCounts = { issued: 0, completed: 0, failed: 0, byError: [], finishReasons: {} };

function judged(test: TestOutcome): JudgedTest {
  return { requests: countsOf(test), loadgen: test.loadgen, failure: test.failure };
}

function countsOf({ timeline, issued }: TestOutcome): RequestCounts {
  const counts = countRequests(timeline);
  return { ...counts, issued: Math.max(counts.issued, issued) };
}

function metricsOf(outcome: RunOutcome): Metrics {
  const { performance, accuracyTest, scenario, limits, tokenCountSource } = outcome;
  if (performance === null) return countTokensOnly(accuracyTest?.timeline ?? null, tokenCountSource);
  const { timeline, loadgen, gaps } = performance;
  return summarise(timeline, { scenario, loadgen, limits, gaps, tokenCountSource });
}

function clientOf({ timeline, health }: TestOutcome, outcome: RunOutcome): ClientReport | null {
  if (health === null) return null;
  const stimulus = judgeStimulus(timeline, outcome.scenario, outcome.askedQps);
  return judgeClient(timeline, health, stimulus, outcome.scenario, outcome.system.cores);
}

function endpointsOf(test: TestOutcome | null, urls: readonly string[]): RunRecord["endpoints"] {
  return urls.map((url, endpoint) => {
    if (test === null)
      return { url, requests: 0, failed: 0, outputTokens: 0, ttftNs: null, latencyNs: null, takenOut: false };
    const { timeline, takenOut } = test;
    const { columns } = timeline;
    const served = (row: number) => columns.endpoint[row] === endpoint;
    const good = goodRequests(timeline).filter(served);
    return {
      url,
      requests: columns.endpoint.filter((index) => index === endpoint).length,
      failed: columns.error.filter((code, row) => !Number.isNaN(code) && served(row)).length,
      outputTokens: sum(pick(columns.outputTokens, good)),
      ttftNs: distributionOf(elapsed(timeline, good, "scheduledNs", "firstTokenNs")),
      latencyNs: distributionOf(elapsed(timeline, good, "scheduledNs", "completedNs")),
      takenOut: takenOut[endpoint] ?? false,
    };
  });
}
