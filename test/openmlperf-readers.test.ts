import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { buildDataset } from "#src/openmlperf/build-dataset.js";
import { sourceAt } from "#src/openmlperf/build-file.js";
import type { Row } from "#src/openmlperf/row.js";
import { temporaryFolder } from "./child-script.ts";

const folder = temporaryFolder();
let built = 0;

/** Rows of a folder with these files; JSON but for texts. */
async function rowsOf(files: Readonly<Record<string, unknown>>, round: string | null = null): Promise<Row[]> {
  built += 1;
  const path = join(folder, `source-${built}`);
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(path, name)), { recursive: true });
    writeFileSync(join(path, name), typeof content === "string" ? content : JSON.stringify(content));
  }
  const { rows } = await buildDataset({
    sources: [{ ...sourceAt(path), name: "made", round, commit: round === null ? null : "abc" }],
    rules: null,
  });
  return rows;
}

const imported = {
  ...{ MlperfModel: "llama2-70b-99", Model: "llama2-70b-99", Organization: "Maker", Division: "closed" },
  ...{ SystemType: "datacenter", Platform: "8xH100_MaxQ", Scenario: "Offline", Location: "closed/a" },
  ...{ Result: 17000, Units: "Samples/s", Availability: "available", version: "v4.0" },
  ...{ accelerator_model_name: "NVIDIA H100-SXM-80GB", accelerators_per_node: 8, number_of_nodes: 1 },
  git_url: "https://example.org/maker/results_v4.0",
};

describe("power in imported tables", () => {
  it("stands beside the figure in v3.1", async () => {
    const beside = { ...imported, version: "v3.1", Result_Power: 2195.3, Result_Power_Units: "Watts" };
    const [row] = await rowsOf({ "cm.json": [beside] });
    expect(row).toMatchObject({ result_value: 17000, power_w: 2195.3, energy_per_query_mj: null });
  });

  it("stands in a row without a figure in v4.0, and completes the row of its folder", async () => {
    const power = { ...imported, Result: null, Units: "Watts", Result_Power: 5000 };
    const rows = await rowsOf({ "cm.json": [imported, power] });
    expect(rows).toHaveLength(1);
    // tokens/s by the repair of v4.0's unit, so that tokens a joule follow.
    expect(rows[0]).toMatchObject({ tokens_per_second: 17000, power_w: 5000, tokens_per_joule: 3.4 });
    expect(JSON.parse(rows[0]?.completed_by ?? "null")).toEqual({ "made: cm.json": ["power_w"] });
  });

  it("is the energy of a query in SingleStream", async () => {
    const stream = { ...imported, Scenario: "SingleStream", Result: 1204, Units: "Latency (ms)" };
    const energy = { ...stream, Result: null, Units: "millijoules", Result_Power: 349_405 };
    const rows = await rowsOf({ "cm.json": [stream, energy] });
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject({ energy_per_query_mj: 349_405, power_w: null, result_unit: "ms" });
  });

  it("is no power where its unit is none", async () => {
    const odd = { ...imported, Result_Power: 1, Result_Power_Units: "horses" };
    const [row] = await rowsOf({ "cm.json": [odd, { ...imported, Location: "closed/b", Result: null }] });
    expect([row?.power_w, row?.energy_per_query_mj]).toEqual([null, null]);
  });
});

describe("where a row comes from", () => {
  const published = {
    ...{ ID: "9.0-0001", Submitter: "Maker", Category: "closed", Suite: "datacenter", Platform: "8xH100" },
    ...{ UsedModel: "llama2-70b-99", Model: "llama2-70b-99", Scenario: "Server", version: "v9.0", "a#": 8 },
    ...{ Accelerator: "NVIDIA H100-SXM-80GB", Performance_Result: 22000, Performance_Units: "Tokens/s" },
    Details: "https://example.org/maker/results_v9.0/tree/main/closed/Maker/results/8xH100",
  };
  const table = {
    ...{ MlperfModel: "llama2-70b-99", Organization: "Maker", Division: "closed", SystemType: "datacenter" },
    ...{ Platform: "8xH100", Scenario: "Server", Result: 22000, Units: "Tokens/s", benchmark_version: "9.0" },
    ...{ "system.cooling": "Liquid", host_processor_model_name: "NVIDIA Grace", number_of_nodes: 1 },
    url_repo: "https://example.org/maker/results_v9.0/tree/main",
    url_system_file: "https://example.org/maker/results_v9.0/tree/main/closed/Maker/systems/8xH100.json",
  };

  it("is the repository that its own links lead to, where the build file names none", async () => {
    const [byDetails] = await rowsOf({ "summary.json": [published] });
    expect(byDetails?.source_url).toBe("https://example.org/maker/results_v9.0");
    const [byRepository] = await rowsOf({ "cmx.json": [{ ...table, Model: "llama2-70b-99" }] });
    expect(byRepository).toMatchObject({
      source_url: "https://example.org/maker/results_v9.0",
      system_path: "closed/Maker/systems/8xH100.json",
      completed_by: null,
    });
    const [byGit] = await rowsOf({ "cm.json": [imported] });
    expect(byGit?.source_url).toBe("https://example.org/maker/results_v4.0");
  });

  it("is told for what later tables filled", async () => {
    const [row] = await rowsOf({ "a.json": [table], "summary.json": [published] });
    const { "made: a.json": filled } = JSON.parse(row?.completed_by ?? "{}");
    expect(filled).toEqual(expect.arrayContaining(["cpu_raw", "nodes", "system_path", "system"]));
    expect(row).toMatchObject({ source_file: "summary.json", cpu: "NVIDIA Grace", cooling: "Liquid" });
  });

  it("has the commit of its log, and the limit of the whole latency where the log has one", async () => {
    const log = (settings: object) => ({
      round: "v9.0",
      origin_commit: "4d3916a",
      rows: [
        {
          ...{ id: "9.0-0001", platform: "8xH100", model: "llama2-70b-99", scenario: "Server" },
          ...{ performance_result: 22000, log_path: "log", system_path: null },
          log: { result_valid: "VALID", completed_tokens_per_second: 22000, ...settings },
        },
      ],
    });
    const limited = log({ "settings.target_latency_ns": 12e9 });
    const [row] = await rowsOf({ "summary.json": [published], "logs.json": limited });
    expect(row).toMatchObject({ log_commit: "4d3916a", source_commit: null, latency_limit_ns: 12e9 });
    const open = log({ "settings.target_latency_ns": 0 });
    const [without] = await rowsOf({ "summary.json": [published], "logs.json": open });
    expect(without?.latency_limit_ns).toBeNull();
  });
});

describe("accuracy of a checkout", () => {
  const result = "closed/Maker/results/8xH100/mixtral-8x7b/Offline";
  const checkout = (accuracy: string) => ({
    [`${result}/performance/run_1/mlperf_log_summary.txt`]: "Tokens per second: 9000\nResult is : VALID\n",
    [`${result}/accuracy/accuracy.txt`]: accuracy,
    "closed/Maker/systems/8xH100.json": { accelerator_model_name: "NVIDIA H100-SXM-80GB" },
  });

  it("is the last dictionary, and not what the evaluation printed before it", async () => {
    const text = [
      "Evaluating {'ruby': 0} of 5000",
      "{'python': 0.5}",
      "{'rouge1': 45.5, 'gsm8k': 73.6, 'mbxp': 60.1, 'gen_num': 15000, 'gen_tok_len': 2171000, 'by': {'ruby': 0}}",
      "hash=0123",
    ];
    const [row] = await rowsOf(checkout(text.join("\n")), "v9.0");
    expect(row).toMatchObject({ rouge1: 45.5, gsm8k: 73.6, mbxp: 60.1, log_commit: "abc" });
    expect(row?.accuracy_raw).not.toMatch(/ruby|python/iu);
    expect(row?.flags ?? "").not.toContain("no-alias");
  });

  it("is none where no dictionary stands", async () => {
    const [row] = await rowsOf(checkout("Traceback: 'rouge1': 3\n"), "v9.0");
    expect(row).toMatchObject({ accuracy_raw: null, rouge1: null });
  });
});
