import { FlexBenchError, type Problem, RunFailedError, UsageError } from "../errors.ts";
import { nativeBinding, type ReportCounters, startResults, testEvents } from "./binding.ts";
import { applyAudit, applyConf } from "./conf.ts";
import { attachConsumer, type Consumer } from "./consumer.ts";
import { prepareLogFolder } from "./log-folder.ts";
import {
  type LogSettings,
  type LogSettingsInput,
  resolveLogSettings,
  resolveTestSettings,
  type TestSettings,
  type TestSettingsInput,
} from "./settings.ts";

/** A System Under Test: a name for the log, and who answers. */
export interface Sut {
  name: string;
  /** Answers on the calling thread. Leave it out when worker threads have attached consumers of their own. */
  issue?: Consumer["issue"];
}

/** A Query Sample Library: how many samples there are, and how they come into memory. */
export interface SampleLibrary {
  name: string;
  /** At least 1. */
  totalSampleCount: number;
  /** Samples of a performance test. @default totalSampleCount */
  performanceSampleCount?: number;
  /** Makes samples ready; LoadGen waits. */
  load?(samples: Float64Array): void | Promise<void>;
  /** Lets samples go; LoadGen waits. */
  unload?(samples: Float64Array): void | Promise<void>;
}

/** One LoadGen test. */
export interface TestRequest {
  settings: TestSettingsInput;
  log: LogSettingsInput;
  sut: Sut;
  library: SampleLibrary;
  /** Official settings: LoadGen's embedded mlperf.conf for this model key, then a user.conf. `settings` win over both. */
  conf?: { model: string; userConf?: string };
  /** Path of an audit.config. LoadGen never looks for one by itself here. */
  auditConfig?: string;
  /** A test in which nothing is reported for this long while samples are open is failed, ms. @default 600000 */
  stallTimeoutMs?: number;
}

/** How a test ended. The verdict is in LoadGen's logs; `readLoadgenResult` reads it. */
export type TestOutcome =
  | { state: "completed"; settings: TestSettings; log: LogSettings; counters: ReportCounters }
  | {
      state: "failed";
      error: FlexBenchError;
      settings: TestSettings;
      log: LogSettings;
      counters: ReportCounters;
    };

const defaultStallTimeoutMs = 600_000;
const stallCheckMs = 250;

/**
 * Runs one LoadGen test in this process and waits for its end. One at a time: LoadGen is a singleton.
 * Throws UsageError with every problem before LoadGen sees any (`SETTINGS_INVALID`, `LOG_FOLDER_UNWRITABLE`, …), and
 * FlexBenchError `TEST_RUNNING` or `NO_CONSUMER`. A SUT that throws or stalls gives the outcome `failed`: its samples
 * are completed as failed, since LoadGen cannot be stopped.
 */
export async function runTest(request: TestRequest): Promise<TestOutcome> {
  const native = nativeBinding();
  if (native.isRunning()) throw testRunning();
  const { settings, log, samples } = checkRequest(request);
  prepareLogFolder(log);

  let failure: FlexBenchError | null = null;
  const failTest = (error: FlexBenchError): void => {
    failure ??= error;
    native.drain();
    native.failAll();
  };
  const onIssueError = (cause: unknown): void =>
    failTest(new RunFailedError("SUT_THREW", "The SUT threw while it was handed samples.", { cause }));
  const { issue } = request.sut;
  const consumer = issue ? attachConsumer({ issue }, onIssueError) : null;
  const stallTimeoutNs = (request.stallTimeoutMs ?? defaultStallTimeoutMs) * 1e6;
  const watchdog = setInterval(() => {
    const { issued, completed, failed, lastActivityNs } = native.counters();
    const open = issued - completed - failed;
    // Once failed, later samples fail as they are issued; what a first token held open follows a little later.
    if (failure !== null) native.failAll();
    else if (open > 0 && native.monotonicNowNs() - lastActivityNs > stallTimeoutNs)
      failTest(
        new RunFailedError(
          "SUT_STALLED",
          `${open} samples were open and none was reported for ${stallTimeoutNs / 1e6} ms.`,
          {
            hint: "Complete or fail every sample that is handed out.",
          },
        ),
      );
  }, stallCheckMs);

  try {
    await new Promise<void>((resolve, reject) => {
      const answerLibrary = async (
        handle: ((samples: Float64Array) => void | Promise<void>) | undefined,
        indices: Float64Array,
      ): Promise<void> => {
        try {
          await handle?.call(request.library, indices);
        } catch (cause) {
          failTest(new RunFailedError("LIBRARY_THREW", "The sample library threw.", { cause }));
        }
        native.samplesReady();
      };
      const result = native.startTest(
        {
          settings,
          log,
          auditConfig: request.auditConfig ?? "",
          sutName: request.sut.name,
          libraryName: request.library.name,
          samples,
        },
        (kind, indices = new Float64Array(0)) => {
          if (kind === testEvents.load) void answerLibrary(request.library.load, indices);
          else if (kind === testEvents.unload) void answerLibrary(request.library.unload, indices);
          else resolve();
        },
      );
      if (result !== startResults.started) reject(startRefusal(result));
    });
  } finally {
    clearInterval(watchdog);
    consumer?.detach();
  }
  const counters = native.counters();
  return failure === null
    ? { state: "completed", settings, log, counters }
    : { state: "failed", error: failure, settings, log, counters };
}

/**
 * Checks a test without running it and gives the settings LoadGen would be handed.
 * Throws UsageError with every problem at once.
 */
export function checkRequest(request: TestRequest): {
  settings: TestSettings;
  log: LogSettings;
  samples: { total: number; performance: number };
} {
  const log = resolveLogSettings(request.log);
  const given = resolveTestSettings(request.settings);
  const settings = request.conf
    ? resolveTestSettings(
        request.settings,
        applyConf(resolveTestSettings({ scenario: given.scenario, mode: given.mode }), {
          model: request.conf.model,
          scenario: given.scenario,
          userConf: request.conf.userConf,
        }),
      )
    : given;
  const { totalSampleCount, performanceSampleCount } = request.library;
  const samples = { total: totalSampleCount, performance: performanceSampleCount ?? totalSampleCount };
  const problems: Problem[] = [
    ...nameProblems("sut.name", request.sut.name),
    ...nameProblems("library.name", request.library.name),
    ...countProblems("totalSampleCount", samples.total),
    ...countProblems("performanceSampleCount", samples.performance),
  ];
  if (request.stallTimeoutMs !== undefined && !(request.stallTimeoutMs > 0))
    problems.push({ where: "stallTimeoutMs", message: "must be above 0" });
  if (problems.length === 0) {
    problems.push(...nativeBinding().checkTestSettings(settings, samples));
    if (request.auditConfig !== undefined && problems.length === 0) {
      const audited = applyAudit(settings, request.auditConfig);
      for (const problem of nativeBinding().checkTestSettings(audited, samples))
        problems.push({ ...problem, where: `${request.auditConfig}: ${problem.where}` });
    }
  }
  if (problems.length > 0) throw new UsageError("SETTINGS_INVALID", problems);
  return { settings, log, samples };
}

/** LoadGen writes names into its JSON lines as they are. */
function nameProblems(where: string, name: unknown): Problem[] {
  if (typeof name !== "string" || name === "") return [{ where, message: "must be a name" }];
  return /["\\\p{Cc}]/u.test(name)
    ? [{ where, message: "must not hold quotes, backslashes or control characters" }]
    : [];
}

function countProblems(where: string, count: unknown): Problem[] {
  return Number.isSafeInteger(count) && (count as number) >= 0
    ? []
    : [{ where, message: "must be a whole number" }];
}

function testRunning(): FlexBenchError {
  return new FlexBenchError("TEST_RUNNING", "Another LoadGen test is running in this process.", {
    hint: "Wait for its end, or use a process for each test.",
  });
}

function startRefusal(result: number): FlexBenchError {
  if (result === startResults.alreadyRunning) return testRunning();
  if (result === startResults.noConsumer)
    return new FlexBenchError(
      "NO_CONSUMER",
      "Nobody answers samples: the SUT has no issue function and no consumer is attached.",
    );
  return new FlexBenchError(
    "ISSUE_THREADS_NEED_PROCESS",
    "LoadGen needs a process of its own for a test with issue threads.",
    { hint: "Set serverNumIssueQueryThreads to 0, or run one test a process." },
  );
}
