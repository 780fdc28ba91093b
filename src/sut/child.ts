import { FlexBenchError, type RunFailedError } from "../errors.ts";
import { monotonicNowNs, nativeBinding } from "../loadgen/binding.ts";
import { runTest } from "../loadgen/session.ts";
import { openBodies } from "../transport/body-store.ts";
import type { TestPlan } from "./plan.ts";
import type { PlainError, ProcessReply, ProcessRequest, TestMeasurements } from "./process-messages.ts";
import { joinTimelines } from "./timeline-writer.ts";
import type { WorkerResult } from "./worker-messages.ts";
import { WorkerTeam } from "./worker-team.ts";

// The process of one LoadGen test. It is told a plan and tells snapshots and measurements; the controller may end it.

const snapshotIntervalMs = 250;

let abortTest: (() => void) | null = null;

async function runPlan(plan: TestPlan): Promise<void> {
  let death: RunFailedError | null = null;
  const team = await WorkerTeam.start(plan, (error) => {
    death ??= error;
    nativeBinding().drain();
    nativeBinding().failAll();
  });
  const bodies = openBodies(plan.bodies);
  const { latencyNs, ...warmup } = await warmUp(plan, team, bodies);
  await team.preopen(connectionsToPreopen(plan, latencyNs));

  let startedNs = monotonicNowNs();
  let cpuBefore = process.cpuUsage();
  const measure = async (abandon: boolean): Promise<TestMeasurements> => {
    const durationNs = monotonicNowNs() - startedNs;
    const cpu = process.cpuUsage(cpuBefore);
    const counters = nativeBinding().counters();
    const results = await team.finish(startedNs, abandon);
    const takenOut = plan.transport.endpoints.map((_, endpoint) => team.endpointBoard.isOut(endpoint));
    return { ...gather(results, (cpu.user + cpu.system) / 1e6), counters, warmup, durationNs, takenOut };
  };
  abortTest = () => {
    abortTest = null;
    void measure(true).then((measurements) => tell({ kind: "aborted", measurements }, () => process.exit(0)));
  };

  await team.attach();
  tell({ kind: "started" });
  startedNs = monotonicNowNs();
  cpuBefore = process.cpuUsage();
  const snapshots = setInterval(
    () => tell({ kind: "snapshot", snapshot: team.snapshot(monotonicNowNs() - startedNs) }),
    snapshotIntervalMs,
  );
  const outcome = await runTest({
    settings: plan.settings,
    log: plan.log,
    sut: { name: plan.sutName },
    library: {
      name: plan.bodies.datasetName,
      totalSampleCount: plan.bodies.totalSampleCount,
      performanceSampleCount: plan.bodies.performanceSampleCount,
      load: (samples) => team.load(bodies.load(samples)),
      unload: () => team.unload(),
    },
    ...(plan.auditConfig === null ? {} : { auditConfig: plan.auditConfig }),
    // A request times out by itself; a stall beyond that is ours.
    stallTimeoutMs: plan.transport.timeoutMs + 30_000,
  });
  clearInterval(snapshots);
  abortTest = null;
  const failure = death ?? (outcome.state === "failed" ? outcome.error : null);
  if (death) {
    tell({ kind: "refused", failure: plainError(death) }, leave);
    return;
  }
  const measurements = await measure(false);
  bodies.close();
  tell({ kind: "finished", measurements, failure: failure && plainError(failure) }, leave);
}

async function warmUp(
  plan: TestPlan,
  team: WorkerTeam,
  bodies: ReturnType<typeof openBodies>,
): Promise<TestMeasurements["warmup"] & { latencyNs: number }> {
  const { warmupRequests } = plan;
  if (warmupRequests === 0) return { requests: 0, failures: [], outputTokens: 0, latencyNs: 0 };
  tell({ kind: "warming" });
  const samples = Array.from({ length: warmupRequests }, (_, i) => i % plan.bodies.totalSampleCount);
  await team.load(bodies.load(samples));
  const replies = await team.warmUp(samples);
  await team.unload();
  return {
    requests: warmupRequests,
    failures: replies.flatMap(({ failures }) => failures),
    outputTokens: replies.reduce((sum, { outputTokens }) => sum + outputTokens, 0),
    latencyNs: Math.max(0, ...replies.flatMap(({ latenciesNs }) => latenciesNs)),
  };
}

/** As many as the load will keep busy, by Little's law with the latency of the warm-up and half as much again. */
function connectionsToPreopen({ settings, transport, bodies }: TestPlan, latencyNs: number): number {
  const expected = {
    Server: Math.ceil(1.5 * settings.serverTargetQps * (latencyNs / 1e9)) + transport.workers,
    Offline: Math.max(settings.minQueryCount, bodies.performanceSampleCount),
    SingleStream: 1,
    MultiStream: settings.multiStreamSamplesPerQuery,
  }[settings.scenario];
  return Math.min(expected, transport.connections);
}

function gather(
  results: readonly WorkerResult[],
  cpuSeconds: number,
): Omit<TestMeasurements, "counters" | "warmup" | "durationNs" | "takenOut"> {
  const sum = (of: (result: WorkerResult) => number) =>
    results.reduce((total, result) => total + of(result), 0);
  const most = (of: (result: WorkerResult) => number) => Math.max(0, ...results.map(of));
  const gaps = new Float64Array(results[0]?.gaps.length ?? 0);
  for (const result of results)
    for (let i = 0; i < gaps.length; i++) gaps[i] = (gaps[i] ?? 0) + (result.gaps[i] ?? 0);
  return {
    timeline: joinTimelines(results.map(({ timeline }) => timeline)),
    gaps,
    health: {
      cpuSeconds,
      // Linux gives kilobytes.
      rssBytes: process.resourceUsage().maxRSS * 1024,
      workers: results.length,
      eventLoopDelayNs: {
        p50: most(({ eventLoopDelayNs }) => eventLoopDelayNs.p50),
        p99: most(({ eventLoopDelayNs }) => eventLoopDelayNs.p99),
        max: most(({ eventLoopDelayNs }) => eventLoopDelayNs.max),
      },
      busiestWorkerUtilization: most(({ utilization }) => utilization),
      connectionWaits: sum(({ connectionWaits }) => connectionWaits),
    },
    tokenSources: {
      usage: sum(({ tokenSources }) => tokenSources.usage),
      "token-ids": sum(({ tokenSources }) => tokenSources["token-ids"]),
      tokenizer: sum(({ tokenSources }) => tokenSources.tokenizer),
      events: sum(({ tokenSources }) => tokenSources.events),
    },
    staleRetries: sum(({ staleRetries }) => staleRetries),
    endsWithoutDone: sum(({ endsWithoutDone }) => endsWithoutDone),
  };
}

function tell(reply: ProcessReply, then: () => void = () => undefined): void {
  process.send?.(reply, then);
}

/** The workers and the channel end by themselves; a handle left open must not keep the process. */
function leave(): void {
  process.disconnect();
  setTimeout(() => process.exit(0), 500).unref();
}

function plainError(error: unknown): PlainError {
  const known = error instanceof FlexBenchError ? error : null;
  const cause = error instanceof Error ? error.cause : undefined;
  return {
    name: error instanceof Error ? error.name : "Error",
    code: known?.code ?? "INTERNAL",
    message: error instanceof Error ? error.message : String(error),
    hint: known?.hint ?? null,
    cause:
      cause === undefined ? null : cause instanceof Error ? (cause.stack ?? cause.message) : String(cause),
  };
}

process.on("message", (request: ProcessRequest) => {
  if (request.kind === "abort") {
    if (abortTest) abortTest();
    else process.exit(0);
    return;
  }
  runPlan(request.plan).catch((error: unknown) =>
    tell({ kind: "refused", failure: plainError(error) }, leave),
  );
});
// The controller is told of these too and decides; without a controller there is nobody to measure for.
process.on("SIGINT", () => undefined);
process.on("SIGTERM", () => undefined);
process.on("disconnect", () => process.exit(0));
