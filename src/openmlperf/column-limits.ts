import type { ColumnName } from "./columns.ts";

/** What a value of a column must be beyond its type; limits are in the column's own unit. */
export interface ColumnLimits {
  /** Least and greatest value, both allowed. */
  range?: readonly [number, number];
  /** The only words. */
  words?: readonly string[];
  /** Regular expression that the whole text matches. */
  pattern?: string;
}

const dataTypes = ["fp4", "fp8", "fp16", "bf16", "fp32", "int4", "int8"];
const hour = 3.6e12;
/** A run of LoadGen may take days; a token that takes longer than an hour comes from no server. */
const latencyNs: ColumnLimits = { range: [0, 100 * hour] };
const tokenNs: ColumnLimits = { range: [0, hour] };
const percent: ColumnLimits = { range: [0, 100] };
const perSecond: ColumnLimits = { range: [0, 1e9] };
const day = "^\\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\\d|3[01])$";
const version = "^\\S+$";

/** Limits of columns; the others hold any value of their type, numbers from 0. They bound what can be, not what is usual. */
export const columnLimits: Readonly<Partial<Record<ColumnName, ColumnLimits>>> = {
  id: { pattern: "^\\S+$" },
  origin: { words: ["official", "flexbench"] },
  round: { pattern: "^v\\d+\\.\\d+$" },
  published_on: { pattern: day },
  duplicate_of: { pattern: "^\\S+$" },
  flags: { pattern: "^[a-z0-9-]+( [a-z0-9-]+)*$" },
  source_url: { pattern: "^https?://\\S+$" },
  source_commit: { pattern: "^[0-9a-f]{7,40}$" },
  log_commit: { pattern: "^[0-9a-f]{7,40}$" },
  details_url: { pattern: "^https?://.+$" },
  code_url: { pattern: "^https?://.+$" },

  division: { words: ["closed", "open", "network"] },
  availability: { words: ["available", "preview", "rdi"] },
  suite: { words: ["datacenter", "edge", "datacenter,edge", "edge,datacenter"] },
  scenario: { words: ["Offline", "Server", "Interactive", "SingleStream", "MultiStream"] },
  ttft_limit_ns: tokenNs,
  tpot_limit_ns: tokenNs,

  result_value: { range: [0, 1e12] },
  result_unit: { words: ["tokens/s", "samples/s", "queries/s", "ms", "W", "mJ"] },
  tokens_per_second: perSecond,
  samples_per_second: perSecond,
  tokens_per_second_per_accelerator: { range: [0, 1e7] },
  log_tokens_per_second: perSecond,
  ...pointsOf("latency", latencyNs),
  ...pointsOf("ttft", latencyNs),
  ...pointsOf("tpot", tokenNs),

  rouge1: percent,
  rouge2: percent,
  rougel: percent,
  rougelsum: percent,
  exact_match: percent,
  gsm8k: percent,
  mbxp: percent,
  f1: percent,
  gen_len: { range: [0, 1e12] },
  tokens_per_sample: { range: [0, 1e6] },
  power_w: { range: [0, 1e7] },
  tokens_per_joule: { range: [0, 1e5] },

  target_qps: perSecond,
  min_duration_ms: { range: [0, 1e9] },
  min_query_count: { range: [0, 1e9] },
  performance_sample_count: { range: [1, 1e9] },
  samples_per_query: { range: [1, 1e9] },
  mean_input_tokens: { range: [0, 1e8] },

  nodes: { range: [1, 100_000] },
  accelerators_per_node: { range: [0, 1024] },
  accelerators_total: { range: [1, 1_000_000] },
  accelerator_memory_gb: { range: [0.5, 2048] },
  cpus_per_node: { range: [1, 64] },
  cpu_cores: { range: [1, 2048] },
  cpu_frequency_ghz: { range: [0.1, 10] },
  host_memory_gb: { range: [0.5, 1_048_576] },
  cuda_version: { pattern: version },
  rocm_version: { pattern: version },
  tensorrt_version: { pattern: version },
  pytorch_version: { pattern: version },
  vllm_version: { pattern: version },
  sglang_version: { pattern: version },

  params_total_b: { range: [0.001, 100_000] },
  params_active_b: { range: [0.001, 100_000] },
  weight_data_type_declared: { words: dataTypes },
  weight_data_type: { words: dataTypes },
  kv_data_type: { words: dataTypes },

  peak_bf16_tflops: { range: [0.01, 100_000] },
  peak_fp8_tflops: { range: [0.01, 100_000] },
  peak_fp4_tflops: { range: [0.01, 200_000] },
  peak_int8_tops: { range: [0.01, 100_000] },
  peak_tflops: { range: [0.01, 200_000] },
  memory_bandwidth_tbps: { range: [0.001, 1000] },
  interconnect_gbps: { range: [0.1, 100_000] },
  tdp_w: { range: [1, 50_000] },
  accelerator_year: { range: [2005, 2100] },
  layers: { range: [1, 10_000] },
  hidden_size: { range: [1, 1_000_000] },
  attention_heads: { range: [1, 100_000] },
  kv_heads: { range: [1, 100_000] },
  head_dim: { range: [1, 100_000] },
  experts: { range: [1, 100_000] },
  experts_active: { range: [1, 100_000] },
  kv_elements_per_token_layer: { range: [1, 1e7] },
  mean_output_tokens: { range: [0.1, 1e8] },
  mean_prompt_tokens: { range: [0.1, 1e8] },
  bytes_per_parameter: { range: [0.1, 8] },
  weights_gb: { range: [0, 1_000_000] },
  roofline_tokens_per_second: { range: [0, 1e12] },
  roofline_share: { range: [0, 1000] },
};

function pointsOf<Kind extends "latency" | "ttft" | "tpot">(kind: Kind, limits: ColumnLimits) {
  const points = ["min", "mean", "p50", "p90", "p95", "p97", "p99", "p999", "max"] as const;
  return Object.fromEntries(points.map((point) => [`${kind}_${point}_ns`, limits]));
}
