import { type OfficialAccuracy, officialAccuracy } from "../accuracy/official-accuracy.ts";
import type { LatencyLimits } from "../model/define-model.ts";
import { modelPresets } from "../model/presets/index.ts";

/** A scenario as a submission's folders call it; Interactive is LoadGen's Server under tighter limits. */
export type SubmissionScenario = "Offline" | "Server" | "Interactive" | "SingleStream";

/** Which market a system is for; it decides which scenarios must be there. */
export type Suite = "datacenter" | "edge";

/** Audits of MLPerf that text models meet, and the two that hold for users' own systems under test. */
export type AuditName = "TEST01" | "TEST04" | "TEST06" | "TEST07" | "TEST09";

/** What one benchmark of a round asks. Limits in ns; counts in samples; lengths in tokens. */
export interface BenchmarkRules {
  /** Name of its folders in a submission. */
  name: string;
  /** Its key in mlperf.conf; Interactive adds `-interactive`. */
  confKey: string;
  /** Built-in model module with sampling and lengths. */
  modelModule: string;
  suite: Suite;
  /** Scenarios that a closed or network submission must have. */
  required: readonly SubmissionScenario[];
  /** Of these at least one as well; empty: none is asked for. */
  oneOf: readonly SubmissionScenario[];
  /** Samples of the performance set: `effective_performance_sample_count` must reach it. */
  performanceSamples: number;
  /** Samples of the accuracy test: `effective_accuracy_sample_count` and the answers must equal it. */
  accuracySamples: number;
  /** Least samples of the one Offline query. */
  offlineSamples: number;
  minDurationMs: number;
  /** TTFT and TPOT at the 99th percentile, which must stay below them. */
  limits: Readonly<Partial<Record<"Server" | "Interactive", LatencyLimits>>>;
  accuracy: OfficialAccuracy;
  /** Audits of each scenario, in the closed and network divisions. */
  audits: readonly AuditName[];
  /** Name of the official performance set, for people. */
  performanceSet: string;
  /** Name of the official accuracy set where it is another one. */
  accuracySet: string | null;
  /** Where the reference keeps two sets, one run cannot hold both tests. */
  separateSets: boolean;
}

const tenMinutesMs = 600_000;

type Essentials = Pick<
  BenchmarkRules,
  | "name"
  | "confKey"
  | "modelModule"
  | "suite"
  | "required"
  | "oneOf"
  | "performanceSamples"
  | "audits"
  | "performanceSet"
>;

/** The rest follows from the model's module and the accuracy target. */
function rules(essentials: Essentials, accuracySet: string | null = null): BenchmarkRules {
  const { confKey, modelModule, oneOf, performanceSamples } = essentials;
  const accuracy = officialAccuracy[confKey];
  const model = modelPresets.find(({ name }) => name === modelModule);
  if (accuracy === undefined || model === undefined)
    throw new Error(`No accuracy target or no model module is known for ${confKey}.`);
  return {
    ...essentials,
    accuracySamples: accuracy.samples,
    offlineSamples: performanceSamples,
    minDurationMs: tenMinutesMs,
    limits: {
      ...(oneOf.includes("Server") ? { Server: model.serverLimits } : {}),
      ...(oneOf.includes("Interactive") && model.interactiveLimits !== null
        ? { Interactive: model.interactiveLimits }
        : {}),
    },
    accuracy,
    accuracySet,
    separateSets: accuracySet !== null,
  };
}

const datacenter = { suite: "datacenter", required: ["Offline"], oneOf: ["Server", "Interactive"] } as const;

/**
 * The text benchmarks of round v6.1 by their names in a submission. Source: LoadGen 6.0.17's embedded mlperf.conf, the
 * submission checker's constants (mlcommons/inference b66003e) and the rules (mlcommons/inference_policies ac93e89).
 * qwen3-vl-235b-a22b, qwen3.6-27b and the two e2e-rag benchmarks are not here: they are multimodal or agentic and do not
 * run through this client.
 */
export const benchmarkRules: Readonly<Record<string, BenchmarkRules>> = {
  "llama3.1-8b": rules({
    ...datacenter,
    name: "llama3.1-8b",
    confKey: "llama3_1-8b",
    modelModule: "llama3_1-8b",
    performanceSamples: 13_368,
    audits: ["TEST06"],
    performanceSet: "CNN-DailyMail 3.0.0, validation split (cnn_eval.json)",
  }),
  "llama3.1-8b-edge": rules({
    suite: "edge",
    required: ["SingleStream", "Offline"],
    oneOf: [],
    name: "llama3.1-8b-edge",
    confKey: "llama3_1-8b-edge",
    modelModule: "llama3_1-8b",
    performanceSamples: 5000,
    audits: [],
    performanceSet: "CNN-DailyMail 3.0.0, 5,000 samples of the validation split",
  }),
  "llama2-70b-99.9": rules({
    ...datacenter,
    name: "llama2-70b-99.9",
    confKey: "llama2-70b",
    modelModule: "llama2-70b",
    performanceSamples: 24_576,
    audits: ["TEST06"],
    performanceSet: "OpenOrca, 24,576 samples",
  }),
  "deepseek-r1": rules({
    ...datacenter,
    name: "deepseek-r1",
    confKey: "deepseek-r1",
    modelModule: "deepseek-r1",
    performanceSamples: 4388,
    audits: ["TEST06"],
    performanceSet: "AIME, MATH-500, GPQA, MMLU-Pro and LiveCodeBench, 4,388 samples",
  }),
  "gpt-oss-120b": rules(
    {
      ...datacenter,
      name: "gpt-oss-120b",
      confKey: "gpt-oss-120b",
      modelModule: "gpt-oss-120b",
      performanceSamples: 6396,
      audits: ["TEST07", "TEST09"],
      performanceSet: "the performance set of gpt-oss-120b, 6,396 samples",
    },
    "AIME 2025, GPQA diamond and LiveCodeBench v6 with repeats, 4,395 samples",
  ),
};

/** Benchmarks of earlier rounds that this LoadGen still has a conf key for, but that v6.1 does not accept. */
export const retiredBenchmarks: Readonly<Record<string, string>> = {
  "llama2-70b-99": "llama2-70b-99.9",
  "mixtral-8x7b": "another benchmark",
  "llama3.1-405b": "another benchmark",
};

/** Rules by a benchmark's folder name or its key in mlperf.conf; null when this round has no such benchmark. */
export function findBenchmark(
  name: string,
  table: Readonly<Record<string, BenchmarkRules>> = benchmarkRules,
): BenchmarkRules | null {
  const plain = name.replace(/-interactive$/, "");
  return (
    Object.values(table).find((benchmark) => benchmark.name === plain || benchmark.confKey === plain) ?? null
  );
}

/** The model key that LoadGen reads for a scenario of a benchmark. */
export function confKeyOf({ confKey }: BenchmarkRules, scenario: SubmissionScenario): string {
  return scenario === "Interactive" ? `${confKey}-interactive` : confKey;
}
