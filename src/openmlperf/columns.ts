/** What a value of the Open MLPerf dataset can be. Parquet and JSON Schema types follow from it. */
export type ColumnType = "text" | "whole" | "number" | "boolean";

/** One column: what stands in it and in which unit. */
export interface Column {
  type: ColumnType;
  /** SI-like unit, or null for names, counts and ratios. */
  unit: string | null;
  /** One sentence. */
  meaning: string;
  /** Which group it belongs to, in documentation. */
  group: ColumnGroup;
  /** True where every row must have it. @default false */
  required?: true;
}

export type ColumnGroup =
  | "identity"
  | "provenance"
  | "submission"
  | "benchmark"
  | "result"
  | "latency"
  | "accuracy"
  | "power"
  | "run settings"
  | "system"
  | "software"
  | "model"
  | "features";

/** A column whose type is known to the compiler, so that a row's values have types. */
type Typed<Type extends ColumnType> = Column & { type: Type };

function column<Type extends ColumnType>(
  group: ColumnGroup,
  type: Type,
  meaning: string,
  unit: string | null = null,
): Typed<Type> {
  return { group, type, meaning, unit };
}

function required<Definition extends Column>(definition: Definition): Definition & { required: true } {
  return { ...definition, required: true };
}

const latencyPoints = ["min", "mean", "p50", "p90", "p95", "p97", "p99", "p999", "max"] as const;
type LatencyPoint = (typeof latencyPoints)[number];
type LatencyKind = "latency" | "ttft" | "tpot";
type LatencyColumn = `${LatencyKind}_${LatencyPoint}_ns`;

const latencyMeanings: Readonly<Record<LatencyKind, string>> = {
  latency: "Latency of a request, from its scheduled time",
  ttft: "Time to first token, from the scheduled time",
  tpot: "Time per output token after the first",
};

function latencyColumns(): Record<LatencyColumn, Typed<"number">> {
  const kinds = Object.entries(latencyMeanings) as [LatencyKind, string][];
  return Object.fromEntries(
    kinds.flatMap(([kind, meaning]) =>
      latencyPoints.map((point) => [
        `${kind}_${point}_ns`,
        column("latency", "number", `${meaning}: ${point}; from the raw log.`, "ns"),
      ]),
    ),
  ) as Record<LatencyColumn, Typed<"number">>;
}

/**
 * Every column of the dataset, in the order of its files. Null means: not known. Names carry their unit; what a source
 * wrote stands unchanged in the `_raw` columns.
 */
export const columns = {
  id: required(
    column(
      "identity",
      "text",
      "Stable name of the row: a hash of what it is a result of, wherever it was read.",
    ),
  ),
  origin: required(
    column("identity", "text", "official (published by MLCommons) or flexbench (not verified by MLCommons)."),
  ),
  round: column("identity", "text", "Round of MLPerf Inference, such as v6.0; null for runs of one's own."),
  published_id: column("identity", "text", "ID in the published table."),
  published_on: column("identity", "text", "Day of publication of the round, or of the run, ISO 8601."),
  duplicate_of: column(
    "identity",
    "text",
    "id of the row that holds the same measurement; null where this is the one to use.",
  ),
  duplicate_reason: column("identity", "text", "Why it is held to be the same measurement."),
  flags: column(
    "identity",
    "text",
    "Codes of doubts and rules, separated by spaces; the card explains each.",
  ),

  source: required(column("provenance", "text", "Name of the source in the build file.")),
  source_kind: required(column("provenance", "text", "Form of the source.")),
  source_url: column(
    "provenance",
    "text",
    "Address of the file or repository: from the build file, else the repository that the row's own links lead to.",
  ),
  source_commit: column("provenance", "text", "Commit of the repository that it was read from."),
  source_licence: column("provenance", "text", "Licence of the source, as the build file tells."),
  source_file: required(column("provenance", "text", "File within the source.")),
  source_row: column("provenance", "whole", "Row within the file, from 0."),
  result_path: column("provenance", "text", "Folder of the result within the results repository."),
  log_path: column("provenance", "text", "Raw log of the performance run."),
  log_commit: column(
    "provenance",
    "text",
    "Commit of the repository that the log and the system description were read from.",
  ),
  system_path: column("provenance", "text", "System description."),
  completed_by: column(
    "provenance",
    "text",
    "Later tables that filled what the leading one left open, as JSON: table and what it filled; system stands for the system description.",
  ),
  details_url: column("provenance", "text", "Page of the result."),
  code_url: column("provenance", "text", "Page of the code."),

  submitter: column("submission", "text", "Organisation, as the rules of the build spell it."),
  submitter_raw: column("submission", "text", "Organisation, as published."),
  division: column("submission", "text", "closed, open or network."),
  availability: column("submission", "text", "available, preview or rdi."),
  suite: column("submission", "text", "datacenter or edge."),
  inferred: column(
    "submission",
    "boolean",
    "Marked as inferred in the published table; such rows have logs of their own.",
  ),
  compliance: column("submission", "text", "passed, where the table says so; null where it tells nothing."),
  compliance_raw: column("submission", "text", "Compliance column as published."),
  has_power: column("submission", "boolean", "Power was measured."),
  notes: column("submission", "text", "Notes as published."),

  benchmark: required(column("benchmark", "text", "Benchmark, such as llama2-70b-99.9.")),
  benchmark_family: required(
    column("benchmark", "text", "Benchmark without its accuracy variant, such as llama2-70b."),
  ),
  benchmark_raw: column("benchmark", "text", "Benchmark as published."),
  used_model_raw: column("benchmark", "text", "Model that was run, as published."),
  scenario: required(
    column("benchmark", "text", "Offline, Server, Interactive, SingleStream or MultiStream."),
  ),
  ttft_limit_ns: column("benchmark", "number", "Limit of TTFT at the 99th percentile.", "ns"),
  tpot_limit_ns: column("benchmark", "number", "Limit of TPOT at the 99th percentile.", "ns"),
  latency_limit_ns: column(
    "benchmark",
    "number",
    "Limit of a whole request's latency at the 99th percentile, where that is the limit.",
    "ns",
  ),

  result_value: required(column("result", "number", "Published figure, unchanged.")),
  result_unit: required(
    column("result", "text", "Its unit after repair: tokens/s, samples/s, queries/s, ms, …"),
  ),
  result_unit_raw: column("result", "text", "Its unit as published."),
  tokens_per_second: column("result", "number", "Output tokens a second of the whole system.", "tokens/s"),
  samples_per_second: column("result", "number", "Requests a second of the whole system.", "samples/s"),
  tokens_per_second_per_accelerator: column(
    "result",
    "number",
    "Output tokens a second of each accelerator.",
    "tokens/s",
  ),
  log_valid: column("result", "boolean", "LoadGen's own verdict in the raw log."),
  log_tokens_per_second: column("result", "number", "Tokens a second in the raw log.", "tokens/s"),
  log_agrees: column(
    "result",
    "boolean",
    "The published figure is one of the log, to 0.1 %; in SingleStream early stopping's estimate, up to 2 % above its p90.",
  ),

  ...latencyColumns(),

  accuracy_raw: column("accuracy", "text", "Accuracy as published."),
  rouge1: column("accuracy", "number", "ROUGE-1 F.", "%"),
  rouge2: column("accuracy", "number", "ROUGE-2 F.", "%"),
  rougel: column("accuracy", "number", "ROUGE-L F.", "%"),
  rougelsum: column("accuracy", "number", "ROUGE-Lsum F.", "%"),
  exact_match: column("accuracy", "number", "Exact match.", "%"),
  gsm8k: column("accuracy", "number", "GSM8K.", "%"),
  mbxp: column("accuracy", "number", "MBXP.", "%"),
  f1: column("accuracy", "number", "F1."),
  gen_len: column("accuracy", "number", "Characters of all answers.", "characters"),
  tokens_per_sample: column("accuracy", "number", "Mean output tokens of an answer.", "tokens"),

  power_w: column("power", "number", "Mean power of the system during the test.", "W"),
  energy_per_query_mj: column(
    "power",
    "number",
    "Energy of one query, which SingleStream publishes instead of power.",
    "mJ",
  ),
  tokens_per_joule: column("power", "number", "Output tokens for each joule.", "tokens/J"),

  target_qps: column("run settings", "number", "Rate that LoadGen was told.", "queries/s"),
  min_duration_ms: column("run settings", "number", "Least duration that LoadGen was told.", "ms"),
  min_query_count: column("run settings", "number", "Least number of queries that LoadGen was told."),
  performance_sample_count: column("run settings", "number", "Samples in the performance set."),
  samples_per_query: column("run settings", "number", "Samples of one query."),
  mean_input_tokens: column("run settings", "number", "Mean prompt length, where measured.", "tokens"),

  system_name: column("system", "text", "System, as published."),
  platform: column("system", "text", "Folder name of the system."),
  nodes: column("system", "whole", "Number of nodes."),
  accelerator: column("system", "text", "Chip by its canonical name; for CPU-only rows the processor."),
  accelerator_raw: column("system", "text", "Accelerator as published."),
  accelerator_vendor: column("system", "text", "Maker of the chip."),
  accelerator_family: column("system", "text", "Architecture of the chip, such as Hopper."),
  accelerator_variant: column("system", "text", "What sets this card apart, such as a power limit."),
  accelerators_per_node: column("system", "number", "Accelerators in a node; for CPU-only rows processors."),
  accelerators_total: column("system", "whole", "Accelerators of the system; for CPU-only rows processors."),
  accelerator_mix: column("system", "text", "Chips and counts of a mixed system as JSON; null elsewhere."),
  is_cpu_only: column("system", "boolean", "No accelerator: the processors do the work."),
  accelerator_memory_gb: column("system", "number", "Memory of one accelerator.", "GB"),
  accelerator_memory_raw: column("system", "text", "The same as published."),
  accelerator_memory_total_gb: column(
    "system",
    "number",
    "Memory of all accelerators, of a mixed system too.",
    "GB",
  ),
  accelerator_memory_type: column("system", "text", "Kind of its memory, such as HBM3e."),
  accelerator_memory_type_raw: column("system", "text", "The same as published."),
  accelerator_interconnect: column("system", "text", "Link between accelerators: NVLink-4, XGMI, PCIe-5, …"),
  accelerator_interconnect_raw: column("system", "text", "The same as published."),
  host_interconnect: column("system", "text", "Link between host and accelerator: PCIe-5, NVLink-C2C, …"),
  host_interconnect_raw: column("system", "text", "The same as published."),
  cpu: column("system", "text", "Processor by its canonical name."),
  cpu_raw: column("system", "text", "Processor as published."),
  cpu_vendor: column("system", "text", "Maker of the processor."),
  cpus_per_node: column("system", "whole", "Processors in a node."),
  cpu_cores: column("system", "whole", "Cores of one processor, as its maker states them where known."),
  cpu_cores_raw: column(
    "system",
    "text",
    "Cores as published; some state those of all processors, or threads.",
  ),
  cpu_frequency_ghz: column("system", "number", "Frequency of the processor.", "GHz"),
  host_memory_gb: column("system", "number", "Memory of one node.", "GB"),
  host_memory_raw: column("system", "text", "Memory of one node as published."),
  host_memory_configuration: column("system", "text", "Modules of the memory as published."),
  host_storage: column("system", "text", "Storage as published."),
  host_networking: column("system", "text", "Network as published."),
  cooling: column("system", "text", "Cooling as published."),
  operating_system: column("system", "text", "Operating system by its canonical name."),
  operating_system_raw: column("system", "text", "Operating system as published."),
  system_notes: column("system", "text", "Notes of the system description."),

  software_raw: column("software", "text", "Software as published."),
  framework: column(
    "software",
    "text",
    "Serving engine by its canonical name: vLLM, TensorRT-LLM, SGLang, …",
  ),
  framework_version: column("software", "text", "Its version."),
  cuda_version: column("software", "text", "CUDA."),
  rocm_version: column("software", "text", "ROCm."),
  tensorrt_version: column("software", "text", "TensorRT or TensorRT-LLM."),
  pytorch_version: column("software", "text", "PyTorch."),
  vllm_version: column("software", "text", "vLLM."),
  sglang_version: column("software", "text", "SGLang."),
  other_software: column("software", "text", "Further software as published."),

  model: column("model", "text", "Model that was run, by its canonical name."),
  model_family: column("model", "text", "Family, such as llama."),
  is_moe: column("model", "boolean", "Mixture of experts."),
  params_total_b: column("model", "number", "Parameters.", "10^9"),
  params_active_b: column("model", "number", "Parameters that a token passes through.", "10^9"),
  weight_data_type_raw: column("model", "text", "Data type of the weights as published."),
  weight_data_type_declared: column(
    "model",
    "text",
    "The same by its canonical name: fp4, fp8, fp16, bf16, int4, int8, fp32.",
  ),
  weight_data_type: column("model", "text", "Data type that was in effect, as far as rules can tell."),
  weight_data_type_reason: column("model", "text", "Why it differs from the declared one."),
  kv_data_type: column("model", "text", "Data type of the KV cache, where known."),

  peak_bf16_tflops: column("features", "number", "Dense peak of one accelerator in bf16.", "TFLOPS"),
  peak_fp8_tflops: column("features", "number", "Dense peak in fp8; null where the chip has none.", "TFLOPS"),
  peak_fp4_tflops: column("features", "number", "Dense peak in fp4; null where the chip has none.", "TFLOPS"),
  peak_int8_tops: column("features", "number", "Dense peak in int8.", "TOPS"),
  memory_bandwidth_tbps: column("features", "number", "Bandwidth of the memory of one accelerator.", "TB/s"),
  interconnect_gbps: column(
    "features",
    "number",
    "Bandwidth to other accelerators, both directions together.",
    "GB/s",
  ),
  tdp_w: column("features", "number", "Power of one accelerator by its specification.", "W"),
  accelerator_year: column("features", "whole", "Year in which the chip came to market."),
  accelerator_released: column(
    "features",
    "text",
    "Month in which the chip was launched (YYYY-MM), by its source; for some the announcement.",
  ),
  layers: column("features", "whole", "Layers of the model."),
  hidden_size: column("features", "whole", "Hidden size of the model."),
  attention_heads: column("features", "whole", "Attention heads."),
  kv_heads: column("features", "whole", "Key and value heads."),
  head_dim: column("features", "whole", "Size of a head."),
  experts: column("features", "whole", "Experts; 1 in a dense model."),
  experts_active: column("features", "whole", "Experts that a token passes through."),
  kv_elements_per_token_layer: column(
    "features",
    "number",
    "Elements of the KV cache for each token and layer.",
  ),
  mean_output_tokens: column("features", "number", "Mean answer length of the benchmark's set.", "tokens"),
  mean_prompt_tokens: column("features", "number", "Mean prompt length of the benchmark's set.", "tokens"),
  bytes_per_parameter: column("features", "number", "Of the effective data type.", "bytes"),
  weights_gb: column("features", "number", "Weights in the effective data type.", "GB"),
  peak_tflops: column("features", "number", "Dense peak in the effective data type.", "TFLOPS"),
  roofline_tokens_per_second: column(
    "features",
    "number",
    "Most that the whole system can give: the lesser of its compute and memory bounds.",
    "tokens/s",
  ),
  roofline_share: column("features", "number", "Published tokens/s as a share of that bound."),
} as const satisfies Readonly<Record<string, Column>>;

export type ColumnName = keyof typeof columns;
