import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import {
  accuracyLogText,
  detailLines,
  detailText,
  summaryText,
  type TestFacts,
  truncated,
} from "./loadgen-text.ts";

/** Scenarios that the made tree can have. */
export type MadeScenario = "Server" | "Offline" | "Interactive";

/** What is particular to a benchmark of the made tree. */
interface MadeBenchmark {
  name: "llama3.1-8b" | "gpt-oss-120b";
  confKey: string;
  samples: number;
  accuracySamples: number;
  meanTokens: number;
  /** Limits in ns by scenario. */
  limits: Readonly<Record<"Server" | "Interactive", readonly [ttft: number, tpot: number]>>;
  targetQps: Readonly<Record<MadeScenario, number>>;
  /** What an evaluation printed. */
  evaluation: string;
}

const ms = 1_000_000;

/** When the tests of a result begin: no two at the same time. */
const hours: Readonly<Record<MadeBenchmark["name"], Readonly<Record<MadeScenario, number>>>> = {
  "llama3.1-8b": { Server: 0, Offline: 2, Interactive: 4 },
  "gpt-oss-120b": { Server: 8, Offline: 12, Interactive: 16 },
};

const madeBenchmarks: readonly MadeBenchmark[] = [
  {
    name: "llama3.1-8b",
    confKey: "llama3_1-8b",
    samples: 13_368,
    accuracySamples: 13_368,
    meanTokens: 112,
    limits: { Server: [2000 * ms, 100 * ms], Interactive: [500 * ms, 30 * ms] },
    targetQps: { Server: 20, Interactive: 18, Offline: 100 },
    evaluation:
      "{'rouge1': '38.8017', 'rouge2': '15.9512', 'rougeL': '24.5071', 'rougeLsum': '35.8302', 'gen_len': 8172304, 'gen_num': 13368}\n",
  },
  {
    name: "gpt-oss-120b",
    confKey: "gpt-oss-120b",
    samples: 6396,
    accuracySamples: 4395,
    meanTokens: 1280,
    limits: { Server: [3000 * ms, 80 * ms], Interactive: [2000 * ms, 15 * ms] },
    targetQps: { Server: 10, Interactive: 8, Offline: 12 },
    evaluation: "{'exact_match': 83.412, 'tokens_per_sample': 4218.7, 'num-samples': 4395}\n",
  },
];

/** What to build. */
export interface MadeTree {
  /** By default both. */
  benchmarks?: readonly MadeBenchmark["name"][];
  /** By default Server and Offline. */
  scenarios?: readonly MadeScenario[];
  division?: "closed" | "open" | "network";
}

/** Name of the made submitter. */
export const madeSubmitter = "acme";
/** Name of the made system. */
export const madeSystem = "h100x8";

/** Writes a submission that passes every check, full-size as far as logs show it, and gives its files by path. */
export function writeSubmissionTree(root: string, made: MadeTree = {}): void {
  for (const [path, text] of submissionTree(made)) {
    const file = join(root, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
}

/** The files of the made submission. */
export function submissionTree(made: MadeTree = {}): Map<string, string> {
  const {
    benchmarks = ["llama3.1-8b", "gpt-oss-120b"],
    scenarios = ["Server", "Offline"],
    division = "closed",
  } = made;
  const base = `${division}/${madeSubmitter}`;
  const files = new Map([
    [`${base}/systems/${madeSystem}.json`, `${JSON.stringify(systemDescription(division), null, 2)}\n`],
    [`${base}/src/README.md`, "Started with the public container of the server; see each result's README.\n"],
    [`${base}/documentation/calibration.md`, "Weights are used as published: nothing was calibrated.\n"],
  ]);
  for (const benchmark of madeBenchmarks.filter(({ name }) => benchmarks.includes(name))) {
    for (const scenario of scenarios) {
      const folder = `${base}/results/${madeSystem}/${benchmark.name}/${scenario}`;
      for (const [name, text] of resultFiles(benchmark, scenario, division))
        files.set(`${folder}/${name}`, text);
    }
  }
  return files;
}

function resultFiles(
  benchmark: MadeBenchmark,
  scenario: MadeScenario,
  division: string,
): Map<string, string> {
  const facts = testFacts(benchmark, scenario, division);
  const key = scenario === "Interactive" ? `${benchmark.confKey}-interactive` : benchmark.confKey;
  const accuracy: TestFacts = { ...facts, mode: "AccuracyOnly", hour: facts.hour + 1 };
  const log = accuracyLogText(12, benchmark.meanTokens, facts.scenario);
  return new Map([
    ["measurements.json", `${JSON.stringify(measurements, null, 2)}\n`],
    ["user.conf", `${key}.${facts.scenario}.target_qps = ${facts.targetQps}\n`],
    ["README.md", "Run with the submission's own benchmark and scenario.\n"],
    ["performance/run_1/mlperf_log_detail.txt", detailText(detailLines(facts))],
    ["performance/run_1/mlperf_log_summary.txt", summaryText(facts)],
    ["accuracy/mlperf_log_detail.txt", detailText(detailLines(accuracy))],
    ["accuracy/mlperf_log_summary.txt", summaryText(accuracy)],
    ["accuracy/mlperf_log_accuracy.json", truncated(log)],
    ["accuracy/accuracy.txt", `${benchmark.evaluation}hash=${sha256(log)}\n`],
    ...(benchmark.name === "llama3.1-8b" ? consistencyFiles(facts) : scoreFiles(facts)),
  ]);
}

function testFacts(benchmark: MadeBenchmark, scenario: MadeScenario, division: string): TestFacts {
  const { samples, accuracySamples, meanTokens, limits, targetQps } = benchmark;
  const [ttftLimitNs, tpotLimitNs] = limits[scenario === "Offline" ? "Server" : scenario];
  const qps = targetQps[scenario];
  return {
    scenario: scenario === "Offline" ? "Offline" : "Server",
    mode: "PerformanceOnly",
    sutName: division === "network" ? "FlexBench Network SUT" : "FlexBench",
    hour: hours[benchmark.name][scenario],
    samples,
    accuracySamples,
    targetQps: qps,
    minQueryCount: scenario === "Offline" ? samples : 100,
    minDurationMs: 600_000,
    ttftLimitNs,
    tpotLimitNs,
    samplesPerQuery: scenario === "Offline" ? Math.max(samples, Math.round(1.1 * 600 * qps)) : 1,
    meanTokens,
    audit: null,
  };
}

/** TEST06 keeps its accuracy log whole. */
function consistencyFiles({ scenario }: TestFacts): [string, string][] {
  const first = scenario === "Offline" ? "Skipped" : "True";
  const verdict = `First token check pass: ${first}\nEOS check pass: True\nSample length check pass: True\nTEST06 verification complete\n`;
  return [
    ["TEST06/verify_accuracy.txt", verdict],
    ["TEST06/accuracy/mlperf_log_accuracy.json", accuracyLogText(100, 24, scenario)],
  ];
}

function scoreFiles(facts: TestFacts): [string, string][] {
  const rule = "=".repeat(80);
  const score = `'exact_match': 64.21\n\n${rule}\nTEST07 Verification Summary\n${rule}\nAccuracy score: 64.21\nAccuracy threshold: 60.698\nAccuracy check pass: True\nTEST PASS\n`;
  const length = `Total samples: 6396\nMean output tokens: ${facts.meanTokens.toFixed(2)}\nMin threshold: 1150.38\nMax threshold: 1406.02\n\nTEST PASS\n`;
  return [
    ...auditFiles(
      "TEST07",
      "verify_accuracy.txt",
      score,
      { ...facts, samples: 990 },
      { queries: 990, loggedAnswers: 990 },
    ),
    ...auditFiles("TEST09", "verify_output_len.txt", length, facts, { queries: 6396, loggedAnswers: 10_000 }),
  ];
}

function auditFiles(
  name: string,
  verdictFile: string,
  verdict: string,
  facts: TestFacts,
  { queries, loggedAnswers }: { queries: number; loggedAnswers: number },
): [string, string][] {
  const audit: TestFacts = {
    ...facts,
    hour: facts.hour + (name === "TEST07" ? 2 : 3),
    minDurationMs: 0,
    minQueryCount: queries,
    samplesPerQuery: facts.scenario === "Offline" ? queries : 1,
    audit: { loggedAnswers, issuesUnique: true, queries },
  };
  const log = accuracyLogText(12, facts.meanTokens, facts.scenario);
  return [
    [`${name}/${verdictFile}`, verdict],
    [`${name}/accuracy/mlperf_log_accuracy.json`, truncated(log)],
    [`${name}/accuracy/accuracy.txt`, `hash=${sha256(log)}\n`],
    [`${name}/performance/run_1/mlperf_log_detail.txt`, detailText(detailLines(audit))],
    [`${name}/performance/run_1/mlperf_log_summary.txt`, summaryText(audit)],
  ];
}

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

const measurements = {
  input_data_types: "int32",
  retraining: "no",
  starting_weights_filename: "the published weights",
  weight_data_types: "bf16",
  weight_transformations: "none",
};

function systemDescription(division: string): Record<string, string> {
  const network = {
    is_network: "true",
    network_type: "Ethernet",
    network_media: "copper",
    network_rate: "100 Gb/s",
    nic_loadgen: "ConnectX-6",
    number_nic_loadgen: "1",
    net_software_stack_loadgen: "Linux 6.8",
    network_protocol: "HTTP over TCP",
    number_connections: "1",
    nic_sut: "ConnectX-6",
    number_nic_sut: "1",
    net_software_stack_sut: "Linux 6.8",
    network_topology: "one switch",
  };
  return {
    division,
    submitter: madeSubmitter,
    status: "available",
    system_name: "Acme H100 server",
    system_type: "datacenter",
    system_type_detail: "",
    number_of_nodes: "1",
    host_processor_model_name: "Xeon Platinum 8480C",
    host_processors_per_node: "2",
    host_processor_core_count: "56",
    host_processor_frequency: "",
    host_processor_caches: "",
    host_processor_interconnect: "",
    host_memory_capacity: "2 TB",
    host_memory_configuration: "32x 64 GB DDR5",
    host_storage_capacity: "15 TB",
    host_storage_type: "NVMe SSD",
    host_networking: "Ethernet",
    host_networking_topology: "one switch",
    host_network_card_count: "1x 100 Gb/s",
    accelerators_per_node: "8",
    accelerator_model_name: "H100-SXM-80GB",
    accelerator_memory_capacity: "80 GB",
    accelerator_memory_configuration: "HBM3",
    accelerator_host_interconnect: "PCIe Gen5 x16",
    accelerator_interconnect: "NVLink",
    accelerator_interconnect_topology: "",
    accelerator_frequency: "",
    "accelerator_on-chip_memories": "",
    cooling: "air",
    framework: "vLLM 0.11.0",
    operating_system: "Ubuntu 24.04",
    other_software_stack: "CUDA 12.8",
    hw_notes: "",
    sw_notes: "",
    ...(division === "network" ? network : {}),
  };
}
