import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import type { RunConfig } from "./config/run-config.ts";
import type { Dataset } from "./dataset/define-dataset.ts";
import { UsageError } from "./errors.ts";
import type { Explanation } from "./loadgen/explain-verdict.ts";
import { resolveLogSettings } from "./loadgen/settings.ts";
import { type LoadgenResult, readLoadgenResult } from "./loadgen/verdict.ts";
import type { TokenCountSource } from "./metrics/summaries.ts";
import type { ModelModule } from "./model/define-model.ts";
import { loadModel } from "./model/load-model.ts";
import type { TestOutcome } from "./results/build-record.ts";
import type { AccuracyReport } from "./results/record.ts";
import { type RunFolder, runFiles } from "./results/store.ts";
import { type AccuracyPlan, planAccuracy, scoreTest } from "./run-accuracy.ts";
import type { RunListener } from "./run-events.ts";
import { type ObservedTest, RunObservation } from "./run-observation.ts";
import type { RunTarget } from "./run-target.ts";
import { countingTokenizer } from "./run-tokenizer.ts";
import type { TestPlan } from "./sut/plan.ts";
import { planSettings } from "./sut/plan-settings.ts";
import type { TestMeasurements } from "./sut/process-messages.ts";
import { runTestProcess, type TestProcessOutcome } from "./sut/test-process.ts";
import { emptyTimeline } from "./sut/timeline-writer.ts";
import type { Tokenizer } from "./tokenizer/tokenizer.ts";
import { buildBody } from "./transport/body.ts";
import { writeBodies } from "./transport/body-store.ts";
import { connectionLimit } from "./transport/connection-limits.ts";
import type { BodiesPlan, TransportPlan } from "./transport/plan.ts";

/** What the tests of a run gave. */
export interface TestsOutcome {
  performance: TestOutcome | null;
  accuracyTest: TestOutcome | null;
  accuracy: AccuracyReport | null;
  tokenCountSource: TokenCountSource | null;
  /** LoadGen's target rate, from whatever source. */
  askedQps: number;
  aborted: boolean;
  /** What was observed around the performance test; null when there was none or it was interrupted. */
  observed: ObservedTest | null;
  /** Why the run failed beside its tests: a server of ours that died. */
  failure: Explanation | null;
}

interface TestsRequest {
  config: RunConfig;
  dataset: Dataset;
  /** The run's own; null when it names none. */
  tokenizer: Tokenizer | null;
  target: RunTarget;
  folder: RunFolder;
  /** Temporary folder for the request bodies. */
  bodiesFolder: string;
  listener: RunListener;
  signal: AbortSignal;
}

type Phase = "performance" | "accuracy";

/** Connections enough for any load in the open loop, and for any one server in Offline, where all requests come at once. */
const openLoopConnections = 20_000;
const offlineConnections = 1024;
const mostDefaultWorkers = 8;

/** Runs the tests that the mode asks for, one process each. Throws UsageError for what LoadGen must not see. */
export async function runTests(request: TestsRequest): Promise<TestsOutcome> {
  const { config, dataset, tokenizer, target, bodiesFolder, listener } = request;
  const model = await loadModel(config.modelModule, target.model);
  const limitOf = (phase: Phase) => outputLimit(config, model, phase);
  const bodiesFor = (phase: Phase) =>
    writeBodies(dataset, bodyBuilder(config, model, target, limitOf(phase)), join(bodiesFolder, phase));
  const firstPhase = config.mode === "accuracy" ? "accuracy" : "performance";
  const bodies = await bodiesFor(firstPhase);
  const outcome: TestsOutcome = {
    performance: null,
    accuracyTest: null,
    accuracy: null,
    tokenCountSource: null,
    askedQps: planSettings(config, model, "PerformanceOnly").serverTargetQps,
    aborted: false,
    observed: null,
    failure: null,
  };
  const tokenizerFolder =
    encodesText(config, target) && tokenizer !== null
      ? tokenizer.folder
      : await countingTokenizer({ config, model, tokenizer, target, listener });
  const scoring = await planAccuracy({ config, dataset, tokenizer, target });
  const context = { ...request, model, bodies, tokenizerFolder, scoring, outcome };
  if (config.mode !== "accuracy") outcome.performance = await runOneTest(context, "performance");
  const goesOn = !outcome.aborted && outcome.failure === null;
  if (config.mode !== "performance" && goesOn) {
    const isLimitOfFirst = limitOf("accuracy") === limitOf(firstPhase);
    const ownBodies = isLimitOfFirst ? bodies : await bodiesFor("accuracy");
    outcome.accuracyTest = await runOneTest({ ...context, bodies: ownBodies }, "accuracy");
    await noteAccuracy(context, outcome.accuracyTest);
  }
  return outcome;
}

async function runOneTest(
  context: TestsRequest & {
    model: ModelModule;
    bodies: BodiesPlan;
    tokenizerFolder: string | null;
    scoring: AccuracyPlan;
    outcome: TestsOutcome;
  },
  phase: Phase,
): Promise<TestOutcome> {
  const { config, target, folder, listener, signal, outcome } = context;
  // With both tests in one run each has a folder of its own.
  const outdir =
    config.mode === "all" && phase === "accuracy"
      ? join(folder.workPath, runFiles.loadgenAccuracy)
      : folder.loadgenPath;
  const plan = planTest(context, phase, outdir);
  const stop = new AbortController();
  const onAbort = (): void => {
    outcome.aborted = true;
    stop.abort();
  };
  if (signal.aborted) onAbort();
  signal.addEventListener("abort", onAbort, { once: true });
  let over = false;
  void target.died.then((sentence) => {
    if (over) return;
    outcome.failure = { reason: sentence, remedy: "See the server's own log." };
    stop.abort();
  });
  let issued = 0;
  const observation = phase === "performance" ? await RunObservation.start(config, target, listener) : null;
  let ended: TestProcessOutcome;
  try {
    ended = await runTestProcess(plan, {
      signal: stop.signal,
      onPhase: (step) => {
        if (step === "test") observation?.testStarted();
        listener.onEvent({ kind: "phase", phase: step === "warm-up" ? "warmup" : phase });
      },
      onSnapshot: (snapshot) => {
        issued = snapshot.issued;
        const durationNs = plan.settings.minDurationMs * 1e6;
        listener.onEvent({ kind: "snapshot", snapshot, durationNs, phase });
      },
    });
  } catch (error) {
    // What reads on at intervals would keep this process.
    await observation?.abandon();
    throw error;
  } finally {
    over = true;
    signal.removeEventListener("abort", onAbort);
  }
  const { measurements } = ended;
  if (outcome.aborted) await observation?.abandon();
  else if (observation) outcome.observed = await observation.end(measurements, outdir);
  if (measurements) noteMeasurements(measurements, outcome, listener);
  return {
    timeline: measurements?.timeline ?? emptyTimeline(),
    issued: measurements?.counters.issued ?? issued,
    loadgen: readLogs(outdir),
    health: measurements?.health ?? null,
    gaps: measurements ? [measurements.gaps] : [],
    takenOut: measurements?.takenOut ?? [],
    failure:
      ended.state === "failed"
        ? { reason: `${ended.error.code}: ${ended.error.message}`, remedy: ended.error.hint }
        : null,
  };
}

function planTest(
  {
    config,
    model,
    target,
    bodies,
    tokenizerFolder,
    scoring,
  }: {
    config: RunConfig;
    model: ModelModule;
    target: RunTarget;
    bodies: BodiesPlan;
    tokenizerFolder: string | null;
    scoring: AccuracyPlan;
  },
  phase: Phase,
  outdir: string,
): TestPlan {
  const transport = planTransport(config, model, target);
  const defaultWarmup = phase === "performance" ? 2 * transport.workers : 0;
  return {
    settings: planSettings(config, model, phase === "performance" ? "PerformanceOnly" : "AccuracyOnly"),
    log: resolveLogSettings({ outdir }),
    auditConfig: phase === "performance" ? config.auditConfig : null,
    sutName: nameForLog(`FlexBench ${target.server.name ?? "server"} ${target.model}`),
    bodies: { ...bodies, datasetName: nameForLog(bodies.datasetName) },
    transport,
    warmupRequests: config.warmup ?? defaultWarmup,
    payload: payloadOf(config, target, phase === "accuracy" ? scoring.payload : null),
    ...(tokenizerFolder === null ? {} : { tokenizerFolder }),
  };
}

function planTransport(config: RunConfig, model: ModelModule, target: RunTarget): TransportPlan {
  const workers =
    config.workers ?? Math.max(1, Math.min(mostDefaultWorkers, Math.floor(availableParallelism() / 2)));
  const connections = chooseConnections(config, target.endpoints.length);
  return {
    endpoints: target.endpoints.map((url) => ({ url })),
    api: target.api,
    headers: target.headers,
    tls: target.tls,
    workers,
    connections: Math.max(connections, workers),
    timeoutMs: config.timeoutNs / 1e6,
    ...(model.reasoning === undefined ? {} : { reasoning: model.reasoning }),
  };
}

/** What the user asks for must fit this machine; the default is made to fit. */
function chooseConnections({ connections, scenario }: RunConfig, endpoints: number): number {
  const limit = connectionLimit(endpoints);
  if (connections === null) {
    const wished = scenario === "offline" ? offlineConnections : openLoopConnections;
    return limit === null ? wished : Math.min(wished, limit.most);
  }
  if (limit !== null && connections > limit.most)
    throw new UsageError("TOO_MANY_CONNECTIONS", [
      {
        where: "--connections",
        message: `is ${connections}, but this machine allows ${limit.most}: ${limit.setBy}`,
      },
    ]);
  return connections;
}

function bodyBuilder(
  config: RunConfig,
  model: ModelModule,
  target: RunTarget,
  maxTokens: number,
): Parameters<typeof writeBodies>[1] {
  return (sample, sampleIndex) =>
    buildBody({
      api: target.api,
      model: target.model,
      sample,
      sampleIndex,
      sampling: model.sampling,
      maxTokens,
      minTokens: config.minTokens ?? model.minTokens,
      returnTokenIds: target.returnsTokenIds,
    });
}

/** Output tokens that a sample without a limit of its own may have. */
function outputLimit({ maxTokens }: RunConfig, model: ModelModule, phase: Phase): number {
  const ofPhase = phase === "accuracy" ? model.accuracyMaxTokens : undefined;
  return maxTokens ?? ofPhase ?? model.maxTokens;
}

/** Both tests of a submission report token ids, and by the same code. */
function payloadOf(
  config: RunConfig,
  target: RunTarget,
  scored: AccuracyPlan["payload"] | null,
): TestPlan["payload"] {
  if (encodesText(config, target)) return "encoded-text";
  return scored ?? (target.returnsTokenIds ? "token-ids" : "text");
}

/** A submission's logs hold token ids; where the server returns none, the tokenizer makes them. */
function encodesText({ submission }: RunConfig, { returnsTokenIds }: RunTarget): boolean {
  return submission && !returnsTokenIds;
}

/** LoadGen writes names into its logs as they are. */
function nameForLog(name: string): string {
  return name.replaceAll(/["\\\p{Cc}]/gu, "_");
}

function noteMeasurements(
  { tokenSources, warmup, staleRetries, endsWithoutDone }: TestMeasurements,
  outcome: TestsOutcome,
  listener: RunListener,
): void {
  // The weakest source that was needed speaks for the whole.
  const weakestFirst = ["events", "tokenizer", "token-ids", "usage"] as const;
  outcome.tokenCountSource ??= weakestFirst.find((source) => tokenSources[source] > 0) ?? null;
  const [failure] = warmup.failures;
  if (failure)
    listener.onEvent({
      kind: "warning",
      message: `${warmup.failures.length} of ${warmup.requests} warm-up requests failed: ${failure.code} (${failure.message}).`,
    });
  if (staleRetries > 0)
    listener.onEvent({
      kind: "note",
      message: `${staleRetries} requests met a connection that the server had just closed and were sent again.`,
    });
  if (endsWithoutDone > 0)
    listener.onEvent({
      kind: "note",
      message: `${endsWithoutDone} answers ended properly, but without [DONE].`,
    });
}

function readLogs(outdir: string): LoadgenResult | null {
  try {
    return readLoadgenResult(outdir, { sourceSha256: pinnedSha256() });
  } catch {
    // A test that died leaves no readable log; the record says so.
    return null;
  }
}

function pinnedSha256(): string {
  const pin = readFileSync(new URL("../third_party/loadgen.json", import.meta.url), "utf8");
  return (JSON.parse(pin) as { sha256: string }).sha256;
}

/** Scores a test that came to its end. */
async function noteAccuracy(
  context: TestsRequest & { model: ModelModule; scoring: AccuracyPlan; outcome: TestsOutcome },
  { loadgen, failure, timeline }: TestOutcome,
): Promise<void> {
  const { outcome, scoring } = context;
  if (loadgen === null || failure !== null || outcome.aborted) return;
  const scored = await scoreTest(scoring, { samples: timeline.length, loadgen }, context);
  outcome.accuracy = scored.report;
  outcome.failure ??= scored.failure;
}
