import { type Problem, UsageError } from "../errors.ts";
import { nativeBinding } from "./binding.ts";

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

/** Settings as a caller gives them: any fields; seeds also as numbers. */
export type TestSettingsInput = {
  [Field in keyof TestSettings]?: TestSettings[Field] extends bigint ? bigint | number : TestSettings[Field];
};

const fractionalFields: ReadonlySet<string> = new Set<keyof TestSettings>([
  "singleStreamExpectedLatencyNs",
  "singleStreamTargetLatencyPercentile",
  "multiStreamExpectedLatencyNs",
  "multiStreamTargetLatencyPercentile",
  "serverTargetQps",
  "serverTargetLatencyPercentile",
  "serverFindPeakQpsBoundaryStepSize",
  "offlineExpectedQps",
  "accuracyLogProbability",
]);

const nameFields: Readonly<Record<string, readonly string[]>> = {
  scenario: ["SingleStream", "MultiStream", "Server", "Offline"] satisfies Scenario[],
  mode: ["SubmissionRun", "AccuracyOnly", "PerformanceOnly", "FindPeakPerformance"] satisfies TestMode[],
};

/** LoadGen's own defaults; `tokenLatencyScalingFactor`, which LoadGen leaves uninitialised, is 1. */
export function defaultTestSettings(): TestSettings {
  return nativeBinding().defaultTestSettings();
}

/**
 * Lays the given fields over a whole set of settings (LoadGen's defaults unless `base` says otherwise).
 * Throws UsageError `SETTINGS_INVALID` with every unknown field and wrong type. Ranges are checked when a test starts,
 * as they depend on one another and on the sample library.
 */
export function resolveTestSettings(
  given: TestSettingsInput,
  base: TestSettings = defaultTestSettings(),
): TestSettings {
  const problems: Problem[] = [];
  const resolved: Record<string, unknown> = { ...base };
  for (const [field, value] of Object.entries(given)) {
    if (value === undefined) continue;
    if (!Object.hasOwn(base, field)) {
      problems.push({ where: field, message: "is not a field of LoadGen's TestSettings" });
      continue;
    }
    const complaint = typeComplaint(field, value, base[field as keyof TestSettings]);
    if (complaint !== null) problems.push({ where: field, message: complaint });
    else
      resolved[field] =
        typeof base[field as keyof TestSettings] === "bigint" ? BigInt(value as bigint | number) : value;
  }
  if (problems.length > 0) throw new UsageError("SETTINGS_INVALID", problems);
  return resolved as unknown as TestSettings;
}

function typeComplaint(field: string, value: unknown, model: unknown): string | null {
  const names = nameFields[field];
  if (names) return names.includes(value as string) ? null : `must be one of ${names.join(", ")}`;
  if (typeof model === "boolean") return typeof value === "boolean" ? null : "must be true or false";
  if (fractionalFields.has(field)) return typeof value === "number" ? null : "must be a number";
  if (typeof model === "bigint" && typeof value === "bigint")
    return value >= 0n && value < 2n ** 64n ? null : "must be a whole number from 0 to 2^64 - 1";
  return Number.isSafeInteger(value) && (value as number) >= 0 ? null : "must be a whole number, 0 or more";
}

const defaultLogSettings: Omit<LogSettings, "outdir"> = {
  prefix: "mlperf_log_",
  suffix: "",
  prefixWithDatetime: false,
  copyDetailToStdout: false,
  copySummaryToStdout: false,
  logMode: "AsyncPoll",
  logModeAsyncPollIntervalMs: 1000,
  enableTrace: false,
};

/** Log settings as a caller gives them: the folder, and any other field. */
export type LogSettingsInput = Pick<LogSettings, "outdir"> & Partial<LogSettings>;

/** Fills in the defaults. Throws UsageError `LOG_SETTINGS_INVALID` with every unknown field and wrong type. */
export function resolveLogSettings(given: LogSettingsInput): LogSettings {
  const base: LogSettings = { outdir: given.outdir, ...defaultLogSettings };
  const problems: Problem[] = [];
  if (typeof given.outdir !== "string" || given.outdir === "")
    problems.push({ where: "outdir", message: "must name a folder" });
  for (const [field, value] of Object.entries(given)) {
    const model = (base as unknown as Record<string, unknown>)[field];
    if (field === "outdir" || value === undefined) continue;
    if (model === undefined)
      problems.push({ where: field, message: "is not a field of LoadGen's LogSettings" });
    else if (typeof value !== typeof model)
      problems.push({ where: field, message: `must be a ${typeof model}` });
    else if (field === "logMode" && value !== "AsyncPoll")
      problems.push({ where: field, message: "must be AsyncPoll, the only mode that LoadGen implements" });
    else if ((field === "prefix" || field === "suffix") && /[/\\"\p{Cc}]/u.test(value as string))
      problems.push({ where: field, message: "must not hold slashes, quotes or control characters" });
  }
  if (problems.length > 0) throw new UsageError("LOG_SETTINGS_INVALID", problems);
  return { ...base, ...given };
}
