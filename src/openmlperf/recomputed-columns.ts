import { type ColumnName, columns } from "./columns.ts";

/** Columns that rules work out from what is published in the same row. */
const byRules: ReadonlySet<ColumnName> = new Set<ColumnName>([
  ...(["submitter", "benchmark", "benchmark_family", "duplicate_of", "duplicate_reason"] as const),
  ...(["result_unit", "tokens_per_second", "tokens_per_second_per_accelerator", "tokens_per_joule"] as const),
  ...(["rouge1", "rouge2", "rougel", "rougelsum", "exact_match", "gsm8k", "mbxp", "f1", "gen_len"] as const),
  ...(["tokens_per_sample", "accelerator", "accelerator_vendor", "accelerator_family"] as const),
  ...([
    "accelerator_variant",
    "accelerator_mix",
    "accelerators_per_node",
    "accelerators_total",
    "is_cpu_only",
  ] as const),
  ...(["accelerator_memory_gb", "accelerator_memory_type", "accelerator_memory_total_gb"] as const),
  ...(["cpu_cores", "compliance"] as const),
  ...(["accelerator_interconnect", "host_interconnect", "cpu", "cpu_vendor", "host_memory_gb"] as const),
  ...(["operating_system", "framework", "framework_version", "cuda_version", "rocm_version"] as const),
  ...(["tensorrt_version", "pytorch_version", "vllm_version", "sglang_version"] as const),
]);

/** As published, though they stand among what is known of the model. */
const publishedOfModel: readonly ColumnName[] = ["weight_data_type_raw", "kv_data_type"];

/** Whether rules work a column out anew in every build, from published columns or from tables of specifications. */
export function isRecomputed(name: ColumnName): boolean {
  const { group } = columns[name];
  return byRules.has(name) || group === "features" || (group === "model" && !publishedOfModel.includes(name));
}
