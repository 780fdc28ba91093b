/**
 * LoadGen itself, typed: `flexbench/loadgen`. Settings in, batches out, first tokens and completions in.
 * For those who benchmark something that is not an LLM server; `flexbench` builds on it.
 */
export { loadgenVersion, monotonicNowNs, type ReportCounters } from "./binding.ts";
export { applyAudit, applyConf, type ConfKind, type ConfSources, checkConf } from "./conf.ts";
export { attachConsumer, type Batch, type Consumer } from "./consumer.ts";
export { type Explanation, explainVerdict } from "./explain-verdict.ts";
export { createReporter, type Reporter, type ResponseBytes } from "./reports.ts";
export {
  checkRequest,
  runTest,
  type SampleLibrary,
  type Sut,
  type TestOutcome,
  type TestRequest,
} from "./session.ts";
export {
  defaultTestSettings,
  type LogSettings,
  type LogSettingsInput,
  resolveLogSettings,
  resolveTestSettings,
  type Scenario,
  type TestMode,
  type TestSettings,
  type TestSettingsInput,
} from "./settings.ts";
export { type LoadgenLogs, type LoadgenResult, readLoadgenResult } from "./verdict.ts";
