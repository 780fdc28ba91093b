import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { UsageError } from "#src/errors.js";
import type { Draft } from "#src/openmlperf/row.js";
import { loadRules } from "#src/openmlperf/rules/cleaning-rules.js";
import { summarizeRules } from "#src/openmlperf/rules/rule-summary.js";
import { clean, cleanOne, draft, rules } from "./cleaned-drafts.ts";
import { officialData } from "./official-data.ts";

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
    const ofLogs = "ROUGE1: 45.6  GEN_NUM: 24576  GEN_TOK_LEN: 6167644  GSM8K: 73.8  MBXP: 60.1";
    const mixtral = cleanOne({ accuracy_raw: ofLogs });
    expect(mixtral).toMatchObject({ rouge1: 45.6, gsm8k: 73.8, mbxp: 60.1 });
    expect(mixtral.flags ?? null).toBeNull();
    expect(cleanOne({ accuracy_raw: "F1_HIERARCHICAL: 0.7886" })).toMatchObject({ f1: 0.7886 });
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

  test("a limit of the whole latency comes from the rules of MLPerf where no log tells it", () => {
    const qwen = { benchmark_raw: "qwen3-vl-235b-a22b", used_model_raw: "qwen3-vl-235b-a22b" };
    expect(cleanOne({ ...qwen, scenario: "Server" }).latency_limit_ns).toBe(12e9);
    expect(cleanOne({ ...qwen, scenario: "Offline" }).latency_limit_ns).toBeUndefined();
    expect(cleanOne({ ...qwen, scenario: "Server", latency_limit_ns: 1e9 }).latency_limit_ns).toBe(1e9);
  });

  test.each(["llama3_1-405b_pruned", "Sparse-Llama-2-70b", "llama2-70b_finetuned"])(
    "a changed model has a flag and no parameters: %s",
    (used) => {
      const row = cleanOne({ division: "open", used_model_raw: used });
      expect(row.flags).toBe("changed-model");
      expect([row.params_total_b ?? null, row.params_active_b ?? null]).toEqual([null, null]);
      expect(row.model_family).toBe("llama");
    },
  );

  test("a round has its day, and compliance is told only where the table tells it", () => {
    expect(cleanOne({ round: "v6.0", compliance_raw: "closed" })).toMatchObject({
      published_on: "2026-04-01",
      compliance_raw: "closed",
    });
    expect(cleanOne({ compliance_raw: "closed" }).compliance).toBeUndefined();
    expect(cleanOne({ compliance_raw: "0" }).compliance).toBeUndefined();
    expect(cleanOne({ compliance_raw: "1" }).compliance).toBe("passed");
    expect(cleanOne({ round: "v99.0" }).published_on).toBeUndefined();
    expect(cleanOne({ origin: "flexbench", round: "v6.0" }).published_on).toBeUndefined();
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

  test("runs whose logs have other latencies are no duplicates, however near their figures", () => {
    const first = { benchmark_raw: "llama2-70b-99.9", log_path: "a", latency_p99_ns: 100 };
    const { rows } = clean(
      draft({ ...first, id: "a" }),
      draft({ ...first, id: "copy", log_path: "b", benchmark_raw: "llama2-70b-99" }),
      draft({ ...first, id: "other", log_path: "c", result_value: 1000.4, latency_p99_ns: 101 }),
      draft({ id: "without-log", benchmark_raw: "llama2-70b-99" }),
    );
    expect(Object.fromEntries(rows.map((row) => [row.id, row.duplicate_of ?? null]))).toEqual({
      ...{ a: null, copy: "a", other: null, "without-log": "a" },
    });
    expect(rows.filter(({ flags }) => flags === "another-run").map(({ id }) => id)).toEqual(["other"]);
  });

  test("a figure that several submitters share is the load that was offered", () => {
    const server = { scenario: "Server", result_value: 0.593902, result_unit_raw: "Queries/s" };
    const another = { submitter_raw: "Another", platform: "other" };
    const flagged = (...drafts: Draft[]) => clean(...drafts).rows.map((row) => row.flags ?? null);
    expect(flagged(draft(server), draft({ ...server, ...another }))).toEqual(["load-target", "load-target"]);
    // One submitter, another round, few digits, or a scenario without a rate: each may be chance or a copy.
    expect(flagged(draft(server), draft({ ...server, platform: "other" }))).toEqual([null, null]);
    expect(flagged(draft(server), draft({ ...server, ...another, round: "v5.1" }))).toEqual([null, null]);
    const rounded = { ...server, result_value: 1200 };
    expect(flagged(draft(rounded), draft({ ...rounded, ...another }))).toEqual([null, null]);
    const offline = { ...server, scenario: "Offline" };
    expect(flagged(draft(offline), draft({ ...offline, ...another }))).toEqual([null, null]);
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
