/** LoadGen's scenarios, spelt as in `mlperf::TestScenario` (loadgen/test_settings.h). */
export type Scenario = "SingleStream" | "MultiStream" | "Server" | "Offline";

/** LoadGen's modes, spelt as in `mlperf::TestMode` (loadgen/test_settings.h). */
export type TestMode = "SubmissionRun" | "AccuracyOnly" | "PerformanceOnly" | "FindPeakPerformance";

/**
 * Every field of `mlperf::TestSettings` (loadgen/test_settings.h) in camelCase, units as in the upstream name.
 * Whole numbers are `number`; the seven seeds are `bigint`, as they use all 64 bits.
 */
export interface TestSettings {
  scenario: Scenario;
  mode: TestMode;
  singleStreamExpectedLatencyNs: number;
  singleStreamTargetLatencyPercentile: number;
  multiStreamExpectedLatencyNs: number;
  multiStreamTargetLatencyPercentile: number;
  multiStreamSamplesPerQuery: number;
  serverTargetQps: number;
  serverTargetLatencyNs: number;
  serverTargetLatencyPercentile: number;
  serverCoalesceQueries: boolean;
  serverFindPeakQpsDecimalsOfPrecision: number;
  serverFindPeakQpsBoundaryStepSize: number;
  serverMaxAsyncQueries: number;
  serverNumIssueQueryThreads: number;
  offlineExpectedQps: number;
  sampleConcatenatePermutation: boolean;
  minDurationMs: number;
  maxDurationMs: number;
  minQueryCount: number;
  maxQueryCount: number;
  qslRngSeed: bigint;
  sampleIndexRngSeed: bigint;
  scheduleRngSeed: bigint;
  accuracyLogRngSeed: bigint;
  accuracyLogProbability: number;
  accuracyLogSamplingTarget: number;
  test05: boolean;
  test05QslRngSeed: bigint;
  test05SampleIndexRngSeed: bigint;
  test05ScheduleRngSeed: bigint;
  printTimestamps: boolean;
  performanceIssueUnique: boolean;
  performanceIssueSame: boolean;
  performanceIssueSameIndex: number;
  performanceSampleCountOverride: number;
  accuracySampleCountOverride: number;
  useTokenLatencies: boolean;
  serverTtftLatency: number;
  serverTpotLatency: number;
  inferTokenLatencies: boolean;
  tokenLatencyScalingFactor: number;
}

/** Every field of `mlperf::LogSettings` and `mlperf::LogOutputSettings` (loadgen/test_settings.h). */
export interface LogSettings {
  /** Folder of the log files; created when it is missing. */
  outdir: string;
  /** @default "mlperf_log_" */
  prefix: string;
  /** @default "" */
  suffix: string;
  /** @default false */
  prefixWithDatetime: boolean;
  /** @default false */
  copyDetailToStdout: boolean;
  /** @default false */
  copySummaryToStdout: boolean;
  /** The only mode that LoadGen implements. @default "AsyncPoll" */
  logMode: "AsyncPoll";
  /** Not used by LoadGen 6.0.17, which polls every 10 ms. @default 1000 */
  logModeAsyncPollIntervalMs: number;
  /** LoadGen's own default is true; the trace grows with every query. @default false */
  enableTrace: boolean;
}
