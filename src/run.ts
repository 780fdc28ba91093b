import { copyFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { maskedConfig } from "./config/masked-config.ts";
import type { RunConfig } from "./config/run-config.ts";
import type { SystemPrice } from "./cost/price-book.ts";
import type { Dataset } from "./dataset/define-dataset.ts";
import { loadRunDataset } from "./dataset/load-run-dataset.ts";
import { EventLog } from "./live/event-log.ts";
import type { Explanation } from "./loadgen/explain-verdict.ts";
import type { SubmissionOverrides } from "./mlperf/submission-options.ts";
import { loadModel } from "./model/load-model.ts";
import { buildRecord, type RunOutcome } from "./results/build-record.ts";
import type { RunRecord } from "./results/record.ts";
import { writeRequests } from "./results/requests-parquet.ts";
import { nothingObserved, observationInterrupted } from "./results/resources.ts";
import { writePower, writeServerMetrics } from "./results/series-parquet.ts";
import {
  commitRunFolder,
  createRunFolder,
  discardRunFolder,
  type RunFolder,
  runFiles,
  writeConfig,
  writeRecord,
} from "./results/store.ts";
import { systemFacts } from "./results/system.ts";
import { flexbenchVersion } from "./results/version.ts";
import type { RunListener } from "./run-events.ts";
import { type ObservedTest, readPrice } from "./run-observation.ts";
import { checkBeforeRun, type PlannedRun, planRun, underRules } from "./run-submission.ts";
import { endpointAccess, type RunTarget, reachTarget } from "./run-target.ts";
import { runTests, type TestsOutcome } from "./run-tests.ts";
import type { StartedServer } from "./server/start-server.ts";
import { latencyLimits, loadgenScenario } from "./sut/plan-settings.ts";

/** How a run is watched and ended early. */
export interface RunOptions extends SubmissionOverrides {
  listener?: RunListener;
  /**
   * Ends the run early; its record then has the state `aborted`, and says why if that is the reason of the signal, as
   * `{ reason, remedy }`.
   */
  signal?: AbortSignal;
  /** A server that was started before: it is used in the place of the configured one, and is not stopped. */
  server?: StartedServer;
}

const abortedByUser: Explanation = { reason: "The run was interrupted.", remedy: null };

/**
 * Runs one benchmark and gives its record, which also stands in the run's folder with LoadGen's logs and a table of
 * all requests. Verdicts, failures and an abort are states of the record.
 * Throws UsageError for what the caller gave, EndpointError when the endpoint cannot be used, EnvironmentError when
 * this machine lacks something; then no folder is left.
 */
export async function run(given: RunConfig, options: RunOptions = {}): Promise<RunRecord> {
  const { signal = new AbortController().signal } = options;
  const startedAt = new Date();
  const folder = await createRunFolder(given.output, given.scenario);
  const listener = new EventLog(folder.workPath, options.listener ?? { onEvent: () => undefined });
  const bodiesFolder = await mkdtemp(join(tmpdir(), "flexbench-bodies-"));
  try {
    const planned = await planRun(given, folder, options);
    const { config, submission } = planned;
    const { dataset: loaded, tokenizer } = await loadRunDataset(config, (progress) =>
      listener.onEvent({ kind: "download", ...progress }),
    );
    const dataset = submission === null ? loaded : underRules(loaded);
    const price = await readPrice(config);
    const target = await reachTarget(config, listener, signal, options.server);
    try {
      if (submission !== null && target !== null) {
        const { plan, report } = submission;
        await checkBeforeRun({ plan, audit: report.audit, dataset, tokenizer, target }, listener);
      }
      const tests =
        target &&
        (await runTests({ config, dataset, tokenizer, target, folder, bodiesFolder, listener, signal }));
      listener.onEvent({ kind: "phase", phase: "report" });
      const outcome = await describe({ planned, dataset, target, tests, price, folder, startedAt, signal });
      const record = buildRecord(outcome);
      await listener.close();
      if (target?.serverLog) await copyFile(target.serverLog, join(folder.workPath, runFiles.serverLog));
      await write(folder, record, outcome, tests?.observed ?? null);
      await writePage(folder, record, outcome, listener);
      listener.onEvent({ kind: "finished", record, folder: folder.path });
      return record;
    } finally {
      await target?.stop();
    }
  } catch (error) {
    await listener.close();
    await discardRunFolder(folder);
    throw error;
  } finally {
    await rm(bodiesFolder, { recursive: true, force: true });
  }
}

/** Why a signal ended the run, where whoever gave it says so. */
function abortExplanation({ reason }: AbortSignal): Explanation {
  const isExplained =
    typeof reason === "object" && reason !== null && "reason" in reason && "remedy" in reason;
  return isExplained ? (reason as Explanation) : abortedByUser;
}

/** Everything known at the end; without a target or tests the run was interrupted before them. */
async function describe(known: {
  planned: PlannedRun;
  dataset: Dataset;
  target: RunTarget | null;
  tests: TestsOutcome | null;
  price: SystemPrice | null;
  folder: RunFolder;
  startedAt: Date;
  signal: AbortSignal;
}): Promise<RunOutcome> {
  const { planned, dataset, target, tests, price, folder, startedAt, signal } = known;
  const { config, recordedConfig, submission } = planned;
  const modelName = target?.model ?? config.model ?? "unknown";
  const model = await loadModel(config.modelModule, modelName);
  const scenario = loadgenScenario[config.scenario];
  const unobserved = tests === null || tests.aborted ? observationInterrupted : nothingObserved;
  return {
    id: folder.id,
    startedAt,
    endedAt: new Date(),
    flexbench: flexbenchVersion(),
    simulated: target?.simulated ?? false,
    scenario,
    // LoadGen holds answers against limits in the Server scenario alone.
    limits: scenario === "Server" ? latencyLimits(config, model) : null,
    askedQps: scenario === "Server" ? (tests?.askedQps ?? config.targetQps) : null,
    maxErrorRate: config.maxErrorRate,
    tokenCountSource: tests?.tokenCountSource ?? null,
    performance: tests?.performance ?? null,
    accuracyTest: tests?.accuracyTest ?? null,
    accuracy: tests?.accuracy ?? null,
    aborted: target === null || tests === null || tests.aborted ? abortExplanation(signal) : null,
    resources: { ...(tests?.observed?.resources ?? unobserved), price },
    failure: tests?.failure ?? tests?.observed?.mismatch ?? null,
    model: { name: modelName, module: model.name },
    dataset: {
      name: dataset.name,
      source: dataset.source,
      sha256: dataset.sha256,
      size: dataset.size,
      performanceSampleCount: dataset.performanceSampleCount,
    },
    endpointUrls: (target?.endpoints ?? config.endpoints).map((url) => endpointAccess(url).url),
    server: target?.server ?? {
      name: null,
      version: null,
      maxModelLength: null,
      configuration: null,
      launch: null,
    },
    system: systemFacts(),
    config: maskedConfig(recordedConfig),
    submission: submission?.report ?? null,
  };
}

/** The page can be made again from the rest at any time: a run is not lost for it. */
async function writePage(
  { path }: RunFolder,
  record: RunRecord,
  { performance, accuracyTest }: RunOutcome,
  listener: RunListener,
): Promise<void> {
  try {
    // Read only now: no test has to wait for the code of its page.
    const { writeRunPage } = await import("./report/write-page.ts");
    await writeRunPage(path, record, (performance ?? accuracyTest)?.timeline ?? null);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    listener.onEvent({ kind: "warning", message: `report.html could not be written (${reason}).` });
  }
}

async function write(
  folder: RunFolder,
  record: RunRecord,
  { performance, accuracyTest }: RunOutcome,
  observed: ObservedTest | null,
): Promise<void> {
  const timeline = (performance ?? accuracyTest)?.timeline;
  if (timeline) writeRequests(join(folder.workPath, runFiles.requests), timeline);
  if (observed?.serverMetrics)
    writeServerMetrics(join(folder.workPath, runFiles.serverMetrics), observed.serverMetrics);
  if (observed?.power) {
    const { series, startedMs } = observed.power;
    writePower(join(folder.workPath, runFiles.power), series, startedMs);
  }
  await writeConfig(folder.workPath, record.config);
  await writeRecord(folder.workPath, record);
  await commitRunFolder(folder);
}
