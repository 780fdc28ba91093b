import { fileURLToPath } from "node:url";
import type { Draft, PartialRow } from "#src/openmlperf/row.js";
import { type Cleaned, cleanDrafts } from "#src/openmlperf/rules/clean.js";
import { loadRules } from "#src/openmlperf/rules/cleaning-rules.js";

/** The rules that come with FlexBench. */
export const rules = loadRules(fileURLToPath(new URL("../src/openmlperf/data", import.meta.url)));

/** A published row as a reader gives it. */
const official: PartialRow = {
  origin: "official",
  round: "v5.0",
  source: "written by the test",
  source_kind: "summary",
  source_file: "summary.json",
  submitter_raw: "Example",
  division: "closed",
  benchmark_raw: "llama2-70b-99.9",
  used_model_raw: "llama2-70b-99.9",
  scenario: "Offline",
  result_value: 1000,
  result_unit_raw: "Tokens/s",
  platform: "H100-SXM-80GBx8_TRT",
  nodes: 1,
  accelerator_raw: "NVIDIA H100-SXM-80GB",
  accelerators_per_node: 8,
  cpu_raw: "Intel(R) Xeon(R) Platinum 8480+",
  cpus_per_node: 2,
  software_raw: "TensorRT 10.8, CUDA 12.8",
  weight_data_type_raw: "fp8",
};

let count = 0;
/** A draft like the published row, with some columns of its own. */
export function draft(row: PartialRow, system: Draft["system"] = null): Draft {
  count += 1;
  return { row: { ...official, id: `row-${count}`, ...row }, system };
}

export function clean(...drafts: Draft[]): Cleaned {
  return cleanDrafts(drafts, rules);
}

/** One draft after all rules. */
export function cleanOne(row: PartialRow, system: Draft["system"] = null): PartialRow {
  const [cleaned] = clean(draft(row, system)).rows;
  if (cleaned === undefined) throw new Error("A draft was dropped.");
  return cleaned;
}
