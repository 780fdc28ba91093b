import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { UsageError } from "#src/errors.js";
import type { Draft, PartialRow } from "#src/openmlperf/row.js";
import { type Cleaned, cleanDrafts } from "#src/openmlperf/rules/clean.js";
import { loadRules } from "#src/openmlperf/rules/cleaning-rules.js";
import { summarizeRules } from "#src/openmlperf/rules/rule-summary.js";
import { officialData } from "./official-data.ts";

const rules = loadRules(fileURLToPath(new URL("../src/openmlperf/data", import.meta.url)));

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
function draft(row: PartialRow, system: Draft["system"] = null): Draft {
  count += 1;
  return { row: { ...official, id: `row-${count}`, ...row }, system };
}

function clean(...drafts: Draft[]): Cleaned {
  return cleanDrafts(drafts, rules);
}

function cleanOne(row: PartialRow, system: Draft["system"] = null): PartialRow {
  const [cleaned] = clean(draft(row, system)).rows;
  if (cleaned === undefined) throw new Error("A draft was dropped.");
  return cleaned;
}

describe("Results and their units", () => {
  test("v4.0 llama2-70b Offline is in tokens/s although samples/s is published; its Server is not touched", () => {
    const offline = { round: "v4.0", result_value: 3900.33, result_unit_raw: "Samples/s" };
    expect(cleanOne({ ...offline, samples_per_second: 3900.33 })).toMatchObject({
      result_value: 3900.33,
      result_unit: "tokens/s",
      result_unit_raw: "Samples/s",
      tokens_per_second: 3900.33,
      samples_per_second: null,
      flags: "unit-repaired",
    });
    const server = cleanOne({
      round: "v4.0",
      scenario: "Server",
      result_value: 11.8,
      result_unit_raw: "Queries/s",
    });
    expect(server).toMatchObject({ result_unit: "queries/s", samples_per_second: 11.8 });
    expect(server.tokens_per_second).toBeUndefined();
    const gptj = cleanOne({ ...offline, benchmark_raw: "gptj-99", used_model_raw: "gptj-99" });
    expect(gptj.result_unit).toBe("samples/s");
    expect(cleanOne({ ...offline, round: "v4.1" }).result_unit).toBe("samples/s");
  });

  test("accuracy becomes numbers", () => {
    const raw =
      "ROUGE1: 45.5989  ROUGE2: 23.3526 ROUGEL: 30.4608 TOKENS_PER_SAMPLE: 144.84 gsm8k_accuracy: 73.66 mbxp_accuracy: 60.16";
    expect(cleanOne({ accuracy_raw: raw })).toMatchObject({
      accuracy_raw: raw,
      rouge1: 45.5989,
      rouge2: 23.3526,
      rougel: 30.4608,
      tokens_per_sample: 144.84,
      gsm8k: 73.66,
      mbxp: 60.16,
    });
    expect(cleanOne({ accuracy_raw: "44.6035" }).rouge1).toBe(44.6035);
  });
});

describe("Benchmarks, scenarios and models", () => {
  test("the interactive benchmark of v5.0 is the scenario Interactive of the plain one", () => {
    const interactive = { benchmark_raw: "llama2-70b-interactive-99.9" };
    expect(cleanOne({ ...interactive, scenario: "server" })).toMatchObject({
      benchmark: "llama2-70b-99.9",
      benchmark_family: "llama2-70b",
      scenario: "Interactive",
      ttft_limit_ns: 450e6,
      tpot_limit_ns: 40e6,
    });
    expect(cleanOne({ ...interactive, scenario: "Offline" }).scenario).toBe("Offline");
    expect(cleanOne({ scenario: "single stream" }).scenario).toBe("SingleStream");
  });

  test.each([
    ["llama3_1-70b-fp8_dyn", "llama3.1-70b", 70.6, 70.6],
    ["DeepSeek-R1-Distill-Llama-8B", "deepseek-r1-distill-llama-8b", 8.03, 8.03],
    ["deepseek-v3", "deepseek-v3", 671, 37],
    ["deepseek-r1", "deepseek-r1", 671, 37],
    ["llama3.1-8b-edge", "llama3.1-8b", 8.03, 8.03],
    ["gpt-oss-120b", "gpt-oss-120b", 116.8, 5.13],
    ["qwen3-vl-235b-a22b", "qwen3-vl-235b-a22b", 235, 22],
  ])("an open row keeps the model it ran: %s", (used, model, total, active) => {
    expect(cleanOne({ division: "open", used_model_raw: used })).toMatchObject({
      benchmark_family: "llama2-70b",
      model,
      params_total_b: total,
      params_active_b: active,
      is_moe: active < total,
    });
  });
});

describe("Accelerators", () => {
  test.each([
    "AMD Instinct MI300X 192GB HBM3",
    "AMD Instinct MI300X-NPS1-SPX-192GB-750W",
    "AMD MI300X-NPS1-SPX-192GB-750W",
    "MI300X",
  ])("every spelling is one chip: %s", (spelling) => {
    expect(cleanOne({ accelerator_raw: spelling })).toMatchObject({
      accelerator: "MI300X",
      accelerator_vendor: "AMD",
      accelerator_family: "CDNA 3",
      accelerator_raw: spelling,
      accelerator_memory_gb: 192,
      accelerator_memory_type: "HBM3",
    });
  });

  test("neighbours are told apart, and what sets a card apart is its variant", () => {
    expect(cleanOne({ accelerator_raw: "NVIDIA GB200" }).accelerator).toBe("GB200");
    expect(cleanOne({ accelerator_raw: "NVIDIA B200-SXM-180GB" }).accelerator).toBe("B200-SXM-180GB");
    expect(cleanOne({ accelerator_raw: "NVIDIA H200-SXM-141GB-CTS" })).toMatchObject({
      accelerator: "H200-SXM-141GB",
      accelerator_variant: "CTS",
      flags: "power-raised",
    });
    expect(
      cleanOne({ accelerator_raw: "NVIDIA H200-SXM-141GB", platform: "H200-SXM-141GBx8_TRT_MaxQ" }),
    ).toMatchObject({ accelerator_variant: "MaxQ", flags: "power-limited" });
    expect(cleanOne({ accelerator_raw: "AMD Instinct MI355X 288GB HBM3e (Power Cap 1000 W)" })).toMatchObject(
      { accelerator: "MI355X", accelerator_variant: "1000W", accelerators_total: 8 },
    );
    const gh200 = "NVIDIA GH200-GraceHopper-Superchip";
    const platform = "GH200-GraceHopper-Superchip_GH200-144GB_aarch64x1_TRT";
    expect(cleanOne({ accelerator_raw: gh200, platform }).accelerator).toBe("GH200-144GB");
  });

  test("a system without accelerators is kept, counted by its processors", () => {
    const row = cleanOne({
      accelerator_raw: "N/A",
      accelerators_per_node: 0,
      platform: "1-node-2S-EMR-PyTorch",
      cpu_raw: "INTEL(R) XEON(R) PLATINUM 8592+",
      software_raw: "PyTorch",
      result_value: 250,
    });
    expect(row).toMatchObject({
      is_cpu_only: true,
      accelerator: "Xeon-8592+",
      accelerator_vendor: "Intel",
      accelerators_per_node: 2,
      accelerators_total: 2,
      tokens_per_second_per_accelerator: 125,
      cpu: "Intel Xeon Platinum 8592+",
      framework: "PyTorch",
    });
  });

  test("the name of the system counts: 87 chips and not eleven full nodes", () => {
    const row = {
      accelerator_raw: "AMD Instinct MI355X 288GB HBM3e (x87)",
      platform: "87xMI355X_22xEPYC_9575F",
      nodes: 11,
    };
    expect(cleanOne(row)).toMatchObject({
      accelerator: "MI355X",
      accelerators_total: 87,
      flags: "count-from-name",
    });
    expect(cleanOne({ ...row, accelerator_raw: "AMD Instinct MI355X 288GB HBM3e" }).accelerators_total).toBe(
      87,
    );
    expect(cleanOne({ platform: "8xH100_TRT", nodes: 2 }).accelerators_total).toBe(16);
  });

  test("a mixed system lists its chips", () => {
    const row = cleanOne({
      accelerator_raw: "AMD Instinct MI300X 192GB HBM3 (x32), AMD Instinct MI325X 256GB HBM3e (x16)",
      nodes: 6,
      cpu_raw: "AMD EPYC 9534 (on MI300X node), AMD EPYC 9655 (on MI325X node)",
    });
    expect(JSON.parse(row.accelerator_mix ?? "null")).toEqual([
      { accelerator: "MI300X", count: 32 },
      { accelerator: "MI325X", count: 16 },
    ]);
    expect(row).toMatchObject({
      accelerator: "MI300X + MI325X",
      accelerators_total: 48,
      cpu: "AMD EPYC 9534 + AMD EPYC 9655",
      flags: "mixed-accelerators",
    });
    expect(row.accelerator_memory_gb ?? null).toBeNull();
  });

  test("memory of all cards is divided, and HBM3E is HBM3e", () => {
    const system = { accelerator_memory_capacity: "2048 GB", accelerator_memory_configuration: "HBM3E" };
    expect(cleanOne({ accelerator_raw: "AMD Instinct MI325X 256GB HBM3E" }, system)).toMatchObject({
      accelerator_memory_gb: 256,
      accelerator_memory_type: "HBM3e",
      flags: "memory-divided",
    });
    const driver = { accelerator_memory_capacity: "81559 MiB" };
    expect(cleanOne({}, driver).accelerator_memory_gb).toBe(80);
  });

  test("InfiniBand is no link between accelerators", () => {
    expect(
      cleanOne({
        accelerator_interconnect_raw: "1x 400Gbe Infiniband",
        host_interconnect_raw: "PCIe Gen5 x16",
      }),
    ).toMatchObject({
      accelerator_interconnect_raw: "1x 400Gbe Infiniband",
      host_interconnect: "PCIe-5",
      flags: "network-as-interconnect",
    });
    const nvlink = cleanOne({ accelerator_interconnect_raw: "18x 4th Gen NVLink, 900GB/s" });
    expect(nvlink.accelerator_interconnect).toBe("NVLink-4");
  });
});

describe("Hosts and software", () => {
  test.each([
    ["4100.0000", 4.1],
    ["Base: 1500 MHz, Max: 5008 MHz", 5.008],
    ["2.1 GHz (base); 4.0 GHz (max turbo)", 4],
    ["2000", 2],
    ["undefined", undefined],
    ["-", undefined],
  ])("a frequency of %s is %s GHz", (published, expected) => {
    expect(cleanOne({}, { host_processor_frequency: published }).cpu_frequency_ghz).toBe(expected);
  });

  test.each([
    ["1 TB + 1 TB (swap)", 1024],
    ["1 TB + 512 GB", 1536],
    ["8x3TiB", 24_576],
    ["~2.0 TiB", 2048],
    ["947G", 947],
    ["N/A", undefined],
  ])("memory of %s is %s GB", (published, expected) => {
    expect(cleanOne({}, { host_memory_capacity: published }).host_memory_gb).toBe(expected);
  });

  test.each([
    ["vLLM v0.7.3", "vLLM", { framework_version: "0.7.3", vllm_version: "0.7.3" }],
    ["SGLang v0.4.3", "SGLang", { framework_version: "0.4.3", sglang_version: "0.4.3" }],
    ["NIM v1.5.0", "NIM", { framework_version: "1.5.0" }],
    [
      "vLLM 0.6.5.dev964+mlperf50, Pytorch 2.7.0a0+git3a58512, ROCm 6.3.1",
      "vLLM",
      {
        framework_version: "0.6.5.dev964+mlperf50",
        pytorch_version: "2.7.0a0+git3a58512",
        rocm_version: "6.3.1",
      },
    ],
    [
      "TensorRT 10.8.0.43, CUDA 12.8",
      "TensorRT-LLM",
      { tensorrt_version: "10.8.0.43", cuda_version: "12.8" },
    ],
    ["PyTorch vLLM", "vLLM", {}],
    ["CUDA 12.8", "TensorRT-LLM", { cuda_version: "12.8" }],
  ])("%s is %s", (software, framework, versions) => {
    expect(cleanOne({ software_raw: software })).toMatchObject({ framework, ...versions });
  });

  test("place-holders are null and the raw columns keep them", () => {
    const row = cleanOne({ weight_data_type_raw: "UNSET", notes: "N/A", cooling: "-" });
    expect(row.notes).toBeNull();
    expect(row.cooling).toBeNull();
    expect(row.weight_data_type_declared ?? null).toBeNull();
    expect(row.weight_data_type_raw).toBe("UNSET");
  });

  test("one organisation, one processor, one operating system", () => {
    expect(
      cleanOne({
        submitter_raw: "ORACLE",
        cpu_raw: "INTEL(R) XEON(R) PLATINUM 8568Y+",
        operating_system_raw: "22.04.5 LTS (Jammy Jellyfish)",
      }),
    ).toMatchObject({
      submitter: "Oracle",
      cpu: "Intel Xeon Platinum 8568Y+",
      operating_system: "Ubuntu 22.04",
    });
  });
});

describe("Data types", () => {
  const dell = { submitter_raw: "Dell", accelerator_raw: "AMD MI300X-NPS1-SPX-192GB-750W" };
  const krai = { submitter_raw: "Krai", division: "open", used_model_raw: "llama3_1-70b-fp8_dyn" };
  const orin = { accelerator_raw: "NVIDIA Jetson AGX Orin 64G", accelerators_per_node: 1 };
  test.each([
    ["v4.1 on NVIDIA ran fp8", { round: "v4.1", weight_data_type_raw: "fp16" }, "fp16", "fp8"],
    [
      "v4.1 B200 ran fp4",
      { round: "v4.1", accelerator_raw: "NVIDIA B200-SXM-180GB", weight_data_type_raw: "fp16" },
      "fp16",
      "fp4",
    ],
    ["Dell's MI300X of v4.1", { ...dell, round: "v4.1", weight_data_type_raw: "fp16" }, "fp16", "fp8"],
    ["Krai names fp8", { ...krai, weight_data_type_raw: "UNSET" }, null, "fp8"],
    [
      "Dummy",
      { accelerator_raw: "AMD Instinct MI325X 256GB HBM3E", weight_data_type_raw: "Dummy" },
      null,
      "fp8",
    ],
    ["cannot fit", { ...orin, weight_data_type_raw: "fp16" }, "fp16", "int4"],
  ])("%s, with a reason", (_name, given, declared, effective) => {
    const row = cleanOne(given);
    expect(row.weight_data_type_declared ?? null).toBe(declared);
    expect(row.weight_data_type).toBe(effective);
    expect(row.weight_data_type_reason).toMatch(/\w+\.$/u);
  });

  test("a declared type stands where nothing speaks against it", () => {
    const row = cleanOne({ weight_data_type_raw: "MXFP4" });
    expect(row).toMatchObject({ weight_data_type_declared: "fp4", weight_data_type: "fp4" });
    expect(row.weight_data_type_reason ?? null).toBeNull();
  });
});

describe("What is kept and marked", () => {
  test("99 and 99.9 with one figure are one measurement: both stay, one points to the other", () => {
    const { rows } = clean(
      draft({ id: "a", benchmark_raw: "llama2-70b-99", result_value: 1000.4 }),
      draft({ id: "b", benchmark_raw: "llama2-70b-99.9", result_value: 1000 }),
      draft({ id: "c", benchmark_raw: "llama2-70b-interactive-99.9", result_value: 1000 }),
      draft({ id: "d", benchmark_raw: "llama2-70b-99", result_value: 1002 }),
      draft({ id: "e", benchmark_raw: "llama2-70b-99.9", submitter_raw: "Another" }),
    );
    const marked = Object.fromEntries(rows.map((row) => [row.id, row.duplicate_of ?? null]));
    expect(marked).toEqual({ a: "b", b: null, c: "b", d: null, e: null });
    expect(rows[0]?.duplicate_reason).toContain("llama2-70b-99.9");
    expect(rows[2]?.duplicate_reason).toContain("interactive");
  });

  test("runs of one's own are never taken for duplicates", () => {
    const { rows } = clean(draft({ origin: "flexbench" }), draft({ origin: "flexbench" }));
    expect(rows.map((row) => row.duplicate_of ?? null)).toEqual([null, null]);
  });

  test("inferred rows, provenance and notes pass through", () => {
    const kept = {
      inferred: true,
      published_id: "6.0-0001",
      source_url: "https://example.org/results",
      result_path: "closed/Example/results",
      compliance_raw: "1",
      notes: "Two fans",
      has_power: false,
      ttft_p99_ns: 12,
    };
    expect(cleanOne(kept)).toMatchObject(kept);
  });

  test("doubtful rows get a flag that has a meaning", () => {
    const row = cleanOne({
      round: "v4.1",
      scenario: "Server",
      accelerator_raw: "",
      accelerators_per_node: null,
      cpu_raw: "INTEL(R) XEON(R) PLATINUM 8592+",
    });
    expect(row.flags).toContain("load-target");
    const flags = rules.doubts.map(({ flag }) => flag);
    for (const flag of flags) expect(rules.flagMeanings).toHaveProperty(flag);
    const pruned = cleanOne({ division: "open", used_model_raw: "llama3_1-405b_pruned" });
    expect(pruned).toMatchObject({ model: "llama3.1-405b", flags: "changed-model" });
  });

  test("a spelling without an alias is reported, flagged and kept", () => {
    const { rows, unknown } = clean(
      draft({ id: "new-1", accelerator_raw: "Acme Q9" }),
      draft({ id: "new-2", accelerator_raw: "Acme Q9", used_model_raw: "acme-lm" }),
    );
    expect(rows.map((row) => [row.accelerator, row.flags])).toEqual([
      ["Acme Q9", "no-alias"],
      ["Acme Q9", "no-alias"],
    ]);
    expect(unknown).toEqual([
      { kind: "accelerator", spelling: "Acme Q9", ids: ["new-1", "new-2"] },
      { kind: "model", spelling: "acme-lm", ids: ["new-2"] },
    ]);
  });

  test("every change names its rule, the row, and what stood there; a second time changes nothing", () => {
    const first = clean(draft({ id: "x", scenario: "offline", submitter_raw: "DELL" }));
    expect(first.changes).toContainEqual({
      rule: "scenario-spelling",
      id: "x",
      column: "scenario",
      from: "offline",
      to: "Offline",
    });
    const summary = summarizeRules(first.changes);
    expect(summary.find(({ rule }) => rule === "scenario-spelling")).toMatchObject({ rows: 1, changed: 1 });
    const total = summary.reduce((sum, { filled, changed }) => sum + filled + changed, 0);
    expect(total).toBe(first.changes.length);
    const again = clean(...first.rows.map((row) => ({ row, system: null })));
    expect(again.changes).toEqual([]);
  });
});

test("every problem of the data files is told at once", () => {
  const folder = mkdtempSync(join(tmpdir(), "flexbench-rules-"));
  try {
    writeFileSync(join(folder, "accelerators.yaml"), "accelerators: [{ name: X }]\nvariants: []\n");
    writeFileSync(join(folder, "submitters.yaml"), "submitters: 5\n");
    expect(() => loadRules(folder)).toThrow(UsageError);
    expect(() => loadRules(folder)).toThrow(/accelerators\.yaml[\s\S]*submitters\.yaml/u);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

describe.skipIf(officialData === null)("Official results", () => {
  type Published = Readonly<Record<string, string | number | null>>;
  const read = (name: string) =>
    JSON.parse(readFileSync(join(officialData ?? "", name), "utf8")) as Published[];
  const numberOrNull = (value: Published[string] | undefined) =>
    value === "" || value === undefined || value === null ? null : Number(value);

  function summaryDraft(row: Published, position: number, version: string): Draft {
    const text = (...fields: string[]) =>
      String(fields.map((field) => row[field]).find((value) => value !== undefined) ?? "");
    return draft({
      id: `${version}-${position}`,
      round: version,
      source_row: position,
      submitter_raw: text("Submitter", "Organization"),
      division: text("Category", "Division"),
      benchmark_raw: text("MlperfModel", "Model"),
      used_model_raw: text("UsedModel", "Model"),
      scenario: text("Scenario"),
      result_value: Number(text("Performance_Result", "Result")),
      system_name: text("System", "SystemName"),
      platform: text("Platform"),
      nodes: numberOrNull(row.Nodes ?? row.number_of_nodes),
      accelerator_raw: text("Accelerator", "accelerator_model_name"),
      accelerators_per_node: numberOrNull(row["a#"] ?? row.accelerators_per_node),
      cpu_raw: text("Processor", "host_processor_model_name"),
      cpus_per_node: numberOrNull(row["p#"] ?? row.host_processors_per_node),
      operating_system_raw: text("operating_system"),
      software_raw: text("Software", "framework"),
      accuracy_raw: text("Accuracy"),
      weight_data_type_raw: text("weight_data_types"),
    });
  }

  const drafts = ["v4.1", "v5.0", "v5.1", "v6.0"].flatMap((version) => {
    const name = version === "v5.0" ? "cmx_inference_v5.0.json" : `mlcommons_summary_results_${version}.json`;
    return officialData === null
      ? []
      : read(name).flatMap((row, position) =>
          /tokens/iu.test(String(row.Performance_Units ?? row.Units))
            ? [summaryDraft(row, position, version)]
            : [],
        );
  });
  const cleaned = clean(...drafts);

  test("no row is dropped and nothing is without an alias", () => {
    expect(cleaned.rows.length).toBeGreaterThanOrEqual(1663);
    expect(cleaned.unknown).toEqual([]);
  });

  test("the CPU-only rows of v4.1 and v5.0 are there, and every row has its accelerators", () => {
    const cpuOnly = cleaned.rows.filter((row) => row.is_cpu_only);
    expect(cpuOnly.filter(({ round }) => round === "v4.1" || round === "v5.0")).toHaveLength(26);
    for (const row of cleaned.rows) expect(row.accelerators_total, String(row.id)).toBeGreaterThan(0);
  });

  test("a measurement counts once: as many remain as the study of these rounds found", () => {
    const remaining = cleaned.rows.filter((row) => (row.duplicate_of ?? null) === null);
    const usual = remaining.filter((row) => !/changed-model|mixed-accelerators/u.test(row.flags ?? ""));
    expect(usual).toHaveLength(1156);
  });

  test("the data type in effect differs from the declared one in some 350 rows, each with a reason", () => {
    const differing = cleaned.rows.filter(
      (row) => (row.weight_data_type ?? null) !== (row.weight_data_type_declared ?? null),
    );
    expect(Math.abs(differing.length - 352)).toBeLessThanOrEqual(5);
    for (const row of differing) expect(row.weight_data_type_reason, String(row.id)).toMatch(/\.$/u);
  });
});
