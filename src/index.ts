/**
 * FlexBench as a library: everything that the command line does. LoadGen alone, for other systems than LLM servers, is
 * `flexbench/loadgen`.
 */

export {
  defineMetric,
  type MetricAnswer,
  type MetricModule,
  type SampleResult,
  type SampleScores,
} from "./accuracy/define-metric.ts";
export { type AuditedRun, type AuditRunOptions, type AuditRunWish, auditRun } from "./audit-run.ts";
export { type CompareOptions, compareEndpoints } from "./campaign/compare-endpoints.ts";
export { compareFolders } from "./campaign/compare-folders.ts";
export type { Comparison } from "./campaign/comparison.ts";
export { renderComparison } from "./campaign/comparison-table.ts";
export {
  findMax,
  type SearchOptions,
  type SearchResult,
  type Trial,
  type TrialRequest,
} from "./campaign/find-max.ts";
export type { SweepSettings, SweepTask } from "./campaign/plan-sweep.ts";
export { type RunFunction, SweepInterrupted } from "./campaign/run-sequence.ts";
export { type SweepOptions, type SweepOutcome, sweep } from "./campaign/run-sweep.ts";
export { readSweep } from "./campaign/sweep-folder.ts";
export type { SweepRecord } from "./campaign/sweep-record.ts";
export type { SweepEvent, SweepListener } from "./campaign/sweep-session.ts";
export { renderSweep } from "./campaign/sweep-table.ts";
export { loadRunConfig, type RunConfigSources } from "./config/load-run-config.ts";
export type { RunConfig, RunMode, ScenarioName } from "./config/run-config.ts";
export {
  type ChatMessage,
  type Dataset,
  type DatasetModule,
  type DatasetRequest,
  defineDataset,
  type Sample,
} from "./dataset/define-dataset.ts";
export {
  EndpointError,
  EnvironmentError,
  type ExitCode,
  exitCodes,
  FlexBenchError,
  type Problem,
  RunFailedError,
  UsageError,
} from "./errors.ts";
export { type Hub, type HubOptions, openHub } from "./hub/open-hub.ts";
export { readEvents, type TimedEvent } from "./live/event-log.ts";
export { type LivePage, startLivePage } from "./live/live-server.ts";
export { replayEvents } from "./live/replay.ts";
export { type AuditSettings, auditConfigText, auditSettings } from "./mlperf/audits/audit-settings.ts";
export type { AuditVerdict } from "./mlperf/audits/audit-verdict.ts";
export type { ComplianceRecord } from "./mlperf/audits/compliance-record.ts";
export { type AuditEvidence, verifyAudit } from "./mlperf/audits/verify-audit.ts";
export type { SystemDescription } from "./mlperf/system/system-fields.ts";
export {
  type SystemReport,
  type SystemReportOptions,
  systemReport,
} from "./mlperf/system/system-report.ts";
export { type AddOptions, type AddOutcome, addToSubmission } from "./mlperf/tree/add-to-submission.ts";
export { type InitOptions, type InitOutcome, initSubmission } from "./mlperf/tree/init-submission.ts";
export { type PackOptions, type PackOutcome, packSubmission } from "./mlperf/tree/pack-submission.ts";
export {
  defineModel,
  type LatencyLimits,
  type ModelModule,
  type ReasoningMarks,
  type Sampling,
} from "./model/define-model.ts";
export { type SplitText, splitReasoning } from "./model/reasoning.ts";
export { loadSpecTables, type SpecTables } from "./openmlperf/features/spec-tables.ts";
export { readDataset } from "./openmlperf/read-dataset.ts";
export type { Row } from "./openmlperf/row.ts";
export { type Choice, type Configuration, choose, type Need } from "./predict/choose.ts";
export {
  type ConfigurationCost,
  type CostAssumptions,
  costOfConfiguration,
  type UnitPrice,
  usualAssumptions,
} from "./predict/configuration-cost.ts";
export { openPredictor, type Prediction, type Predictor } from "./predict/predictor.ts";
export type { PredictorFile } from "./predict/predictor-file.ts";
export { caseOfQuestion, type Question } from "./predict/question.ts";
export { readPredictor } from "./predict/read-predictor.ts";
export { type TrainedPredictor, trainPredictor } from "./predict/train-predictor.ts";
export { buildPage } from "./report/build-page.ts";
export { type ReportFormat, renderReport, reportFormats } from "./report/formats.ts";
export type {
  AccuracyReport,
  ClientReport,
  CostReport,
  Distribution,
  EnergyReport,
  LoadgenResult,
  Metrics,
  RequestCounts,
  RunRecord,
  RunState,
  ServerMetricsReport,
} from "./results/record.ts";
export { readRequests } from "./results/requests-parquet.ts";
export {
  type PowerRow,
  readPower,
  readServerMetricRows,
  type ServerMetricRow,
} from "./results/series-parquet.ts";
export { readRecord } from "./results/store.ts";
export { renderTable } from "./results/table.ts";
export { type RunOptions, run } from "./run.ts";
export type { RunEvent, RunListener, RunPhase } from "./run-events.ts";
export {
  compareRuns,
  type RunComparison,
  type ScoredRun,
  type ScoreRunOptions,
  scoreRun,
} from "./score-run.ts";
export {
  defineServer,
  type KnownFailure,
  type LaunchPlace,
  type ServerCommand,
  type ServerDefinition,
} from "./server/define-server.ts";
export { type Device, detectMachine, type Machine, type MachineProbes } from "./server/device-detection.ts";
export {
  type EngineSettings,
  engineFields,
  type LaunchSettings,
  launchFields,
} from "./server/launch-settings.ts";
export { type LlamacppOptions, startLlamacpp } from "./server/llamacpp.ts";
export { checkEndpoint, type EndpointCheck, type ProbeReport, probeEndpoint } from "./server/probe.ts";
export type { RunningServer } from "./server/running-server.ts";
export { readServerSettings, serverOf } from "./server/server-kinds.ts";
export type { SimOptions } from "./server/sim-options.ts";
export { spawnSim } from "./server/sim-process.ts";
export {
  type ServeEvent,
  type StartedServer,
  type StartServerOptions,
  startDefined,
  startServer,
} from "./server/start-server.ts";
export type { Timeline, TimelineColumn } from "./sut/timeline.ts";
export { loadTokenizer } from "./tokenizer/load-tokenizer.ts";
export type { TemplateMessage, Tokenizer } from "./tokenizer/tokenizer.ts";
