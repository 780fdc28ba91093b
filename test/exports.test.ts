import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, expectTypeOf, it } from "vitest";
import * as flexbench from "#src/index.js";
import * as loadgen from "#src/loadgen/index.js";

const root = path.resolve(import.meta.dirname, "..");

/** Names that a declaration file exports, types marked; the file may hold nothing but export lists. */
function exportedNames(file: string): string[] {
  const text = readFileSync(path.join(root, file), "utf8").replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "");
  const lists = [...text.matchAll(/export (type )?\{([^}]*)\} from "[^"]+";/g)];
  const rest = lists.reduce((left, [whole]) => left.replace(whole, ""), text).trim();
  expect(rest).toBe("");
  return lists
    .flatMap(([, type = "", names = ""]) =>
      names
        .split(",")
        .map((name) => name.trim())
        .filter((name) => name !== "")
        .map((name) => (name.startsWith("type ") ? name : `${type}${name}`)),
    )
    .sort();
}

const valuesOf = (names: readonly string[]): string[] => names.filter((name) => !name.startsWith("type "));

describe("flexbench/loadgen", () => {
  const names = [
    "applyAudit",
    "applyConf",
    "attachConsumer",
    "checkConf",
    "checkRequest",
    "createReporter",
    "defaultTestSettings",
    "explainVerdict",
    "loadgenVersion",
    "monotonicNowNs",
    "readLoadgenResult",
    "resolveLogSettings",
    "resolveTestSettings",
    "runTest",
    "type Batch",
    "type ConfKind",
    "type ConfSources",
    "type Consumer",
    "type Explanation",
    "type LoadgenLogs",
    "type LoadgenResult",
    "type LogSettings",
    "type LogSettingsInput",
    "type ReportCounters",
    "type Reporter",
    "type ResponseBytes",
    "type SampleLibrary",
    "type Scenario",
    "type Sut",
    "type TestMode",
    "type TestOutcome",
    "type TestRequest",
    "type TestSettings",
    "type TestSettingsInput",
  ];

  it("exports these names and no other", () => {
    expect(exportedNames("dist/loadgen/index.d.ts")).toEqual(names);
    expect(Object.keys(loadgen).sort()).toEqual(valuesOf(names));
  });

  it("has these types", () => {
    expectTypeOf(loadgen.loadgenVersion).toEqualTypeOf<() => string>();
    expectTypeOf(loadgen.monotonicNowNs).toEqualTypeOf<() => number>();
    expectTypeOf(loadgen.runTest).parameters.toEqualTypeOf<[loadgen.TestRequest]>();
    expectTypeOf(loadgen.runTest).returns.resolves.toEqualTypeOf<loadgen.TestOutcome>();
    expectTypeOf<loadgen.TestOutcome["state"]>().toEqualTypeOf<"completed" | "failed">();
    expectTypeOf<Extract<loadgen.TestOutcome, { state: "completed" }>>().not.toHaveProperty("error");
    expectTypeOf<loadgen.TestSettings["qslRngSeed"]>().toEqualTypeOf<bigint>();
    expectTypeOf<loadgen.Scenario>().toEqualTypeOf<"SingleStream" | "MultiStream" | "Server" | "Offline">();
    expectTypeOf<loadgen.Consumer["issue"]>().parameters.toEqualTypeOf<[loadgen.Batch, loadgen.Reporter]>();
    expectTypeOf<loadgen.Batch["slots"]>().toEqualTypeOf<Float64Array>();
    expectTypeOf(loadgen.defaultTestSettings).returns.toEqualTypeOf<loadgen.TestSettings>();
  });
});

describe("flexbench", () => {
  const names = [
    "EndpointError",
    "EnvironmentError",
    "FlexBenchError",
    "RunFailedError",
    "SweepInterrupted",
    "UsageError",
    "addToSubmission",
    "auditConfigText",
    "auditRun",
    "auditSettings",
    "buildPage",
    "caseOfQuestion",
    "checkEndpoint",
    "choose",
    "compareEndpoints",
    "compareFolders",
    "compareRuns",
    "costOfConfiguration",
    "defineDataset",
    "defineMetric",
    "defineModel",
    "defineServer",
    "detectMachine",
    "engineFields",
    "exitCodes",
    "findMax",
    "initSubmission",
    "launchFields",
    "loadRunConfig",
    "loadSpecTables",
    "loadTokenizer",
    "openHub",
    "openPredictor",
    "packSubmission",
    "probeEndpoint",
    "readDataset",
    "readEvents",
    "readPower",
    "readPredictor",
    "readRecord",
    "readRequests",
    "readServerMetricRows",
    "readServerSettings",
    "readSweep",
    "renderComparison",
    "renderReport",
    "renderSweep",
    "renderTable",
    "replayEvents",
    "reportFormats",
    "run",
    "scoreRun",
    "serverOf",
    "spawnSim",
    "splitReasoning",
    "startDefined",
    "startLivePage",
    "startLlamacpp",
    "startServer",
    "sweep",
    "systemReport",
    "trainPredictor",
    "type AccuracyReport",
    "type AddOptions",
    "type AddOutcome",
    "type AuditEvidence",
    "type AuditRunOptions",
    "type AuditRunWish",
    "type AuditSettings",
    "type AuditVerdict",
    "type AuditedRun",
    "type ChatMessage",
    "type Choice",
    "type ClientReport",
    "type CompareOptions",
    "type Comparison",
    "type ComplianceRecord",
    "type Configuration",
    "type ConfigurationCost",
    "type CostAssumptions",
    "type CostReport",
    "type Dataset",
    "type DatasetModule",
    "type DatasetRequest",
    "type Device",
    "type Distribution",
    "type EndpointCheck",
    "type EnergyReport",
    "type EngineSettings",
    "type ExitCode",
    "type Hub",
    "type HubOptions",
    "type InitOptions",
    "type InitOutcome",
    "type KnownFailure",
    "type LatencyLimits",
    "type LaunchPlace",
    "type LaunchSettings",
    "type LivePage",
    "type LlamacppOptions",
    "type LoadgenResult",
    "type Machine",
    "type MachineProbes",
    "type MetricAnswer",
    "type MetricModule",
    "type Metrics",
    "type ModelModule",
    "type Need",
    "type PackOptions",
    "type PackOutcome",
    "type PowerRow",
    "type Prediction",
    "type Predictor",
    "type PredictorFile",
    "type ProbeReport",
    "type Problem",
    "type Question",
    "type ReasoningMarks",
    "type ReportFormat",
    "type RequestCounts",
    "type Row",
    "type RunComparison",
    "type RunConfig",
    "type RunConfigSources",
    "type RunEvent",
    "type RunFunction",
    "type RunListener",
    "type RunMode",
    "type RunOptions",
    "type RunPhase",
    "type RunRecord",
    "type RunState",
    "type RunningServer",
    "type Sample",
    "type SampleResult",
    "type SampleScores",
    "type Sampling",
    "type ScenarioName",
    "type ScoreRunOptions",
    "type ScoredRun",
    "type SearchOptions",
    "type SearchResult",
    "type ServeEvent",
    "type ServerCommand",
    "type ServerDefinition",
    "type ServerMetricRow",
    "type ServerMetricsReport",
    "type SimOptions",
    "type SpecTables",
    "type SplitText",
    "type StartServerOptions",
    "type StartedServer",
    "type SweepEvent",
    "type SweepListener",
    "type SweepOptions",
    "type SweepOutcome",
    "type SweepRecord",
    "type SweepSettings",
    "type SweepTask",
    "type SystemDescription",
    "type SystemReport",
    "type SystemReportOptions",
    "type TemplateMessage",
    "type TimedEvent",
    "type Timeline",
    "type TimelineColumn",
    "type Tokenizer",
    "type TrainedPredictor",
    "type Trial",
    "type TrialRequest",
    "type UnitPrice",
    "usualAssumptions",
    "verifyAudit",
  ];

  it("exports these names and no other", () => {
    expect(exportedNames("dist/index.d.ts")).toEqual(names);
    expect(Object.keys(flexbench).sort()).toEqual(valuesOf(names));
  });

  it("has these types", () => {
    expectTypeOf(flexbench.run).parameters.toEqualTypeOf<
      [flexbench.RunConfig, (flexbench.RunOptions | undefined)?]
    >();
    expectTypeOf(flexbench.run).returns.resolves.toEqualTypeOf<flexbench.RunRecord>();
    expectTypeOf(flexbench.loadRunConfig).returns.toEqualTypeOf<flexbench.RunConfig>();
    expectTypeOf<flexbench.RunRecord["state"]>().toEqualTypeOf<"valid" | "invalid" | "failed" | "aborted">();
    expectTypeOf<flexbench.RunRecord["schema"]>().toEqualTypeOf<"flexbench.run/1">();
    expectTypeOf<flexbench.Metrics["ttftNs"]>().toEqualTypeOf<flexbench.Distribution | null>();
    expectTypeOf<flexbench.ExitCode>().toEqualTypeOf<0 | 1 | 2 | 3 | 4 | 5 | 6 | 130>();
    expectTypeOf<flexbench.RunEvent["kind"]>().toEqualTypeOf<
      | "server-starting"
      | "download"
      | "server-ready"
      | "note"
      | "warning"
      | "phase"
      | "snapshot"
      | "resources"
      | "finished"
    >();
  });
});
