import type { Row } from "../../openmlperf/row.ts";
import { trainBoostedTrees } from "./boosted-trees.ts";

/** Columns that the earlier board learned from; it knew neither scenario nor benchmark. */
const textColumns = [
  "accelerator",
  "accelerator_vendor",
  "accelerator_memory_type",
  "accelerator_interconnect",
  "host_interconnect",
  "cpu",
  "cpu_vendor",
  "operating_system",
  "host_memory_configuration",
  "framework",
  "framework_version",
  "cuda_version",
  "rocm_version",
  "tensorrt_version",
  "pytorch_version",
  "model_family",
  "weight_data_type_declared",
] as const satisfies readonly (keyof Row)[];
const numberColumns = [
  "accelerator_memory_gb",
  "accelerators_per_node",
  "accelerators_total",
  "nodes",
  "cpu_cores",
  "cpus_per_node",
  "cpu_frequency_ghz",
  "host_memory_gb",
  "params_total_b",
] as const satisfies readonly (keyof Row)[];

/**
 * The earlier board's recipe: boosted trees on tokens a second of one accelerator as they are, with categories as codes in
 * the order of their names. Returns what it predicts for `asked`.
 */
export function earlierRecipe(
  training: readonly Row[],
  values: readonly number[],
  asked: readonly Row[],
): number[] {
  const codes = textColumns.map((column) => {
    const names = [...new Set([...training, ...asked].map((row) => row[column] ?? ""))].toSorted();
    return new Map(names.map((name, index) => [name, index]));
  });
  const vector = (row: Row): number[] => [
    ...textColumns.map((column, index) => codes[index]?.get(row[column] ?? "") ?? -1),
    ...numberColumns.map((column) => row[column] ?? -1),
  ];
  const predict = trainBoostedTrees(training.map(vector), values);
  return asked.map((row) => predict(vector(row)));
}
