import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { buildDataset } from "#src/openmlperf/build-dataset.js";
import { sourceAt } from "#src/openmlperf/build-file.js";
import { addFeatures } from "#src/openmlperf/features/add-features.js";
import { rooflineTokensPerSecond } from "#src/openmlperf/features/roofline.js";
import { chipColumns, loadSpecTables } from "#src/openmlperf/features/spec-tables.js";
import type { PartialRow } from "#src/openmlperf/row.js";
import { temporaryFolder } from "./child-script.ts";
import { officialData } from "./official-data.ts";

const tables = loadSpecTables();
const folder = temporaryFolder();

const llama: PartialRow = {
  ...{ benchmark_family: "llama2-70b", model: "llama2-70b", params_total_b: 69, params_active_b: 69 },
  ...{ accelerator: "H100-SXM-80GB", accelerators_total: 8, accelerator_memory_gb: 80, is_cpu_only: false },
  ...{ weight_data_type: "fp8", tokens_per_second: 24_000 },
};

function featuresOf(changes: PartialRow = {}) {
  const [row] = addFeatures([{ ...llama, ...changes }], tables);
  if (row === undefined) throw new Error("no row came back");
  return row;
}

describe("the roofline", () => {
  const made = {
    ...{ operationsPerSecond: 1e15, bytesPerSecond: 1e12, memoryBytes: 110e9 },
    ...{ parametersActive: 10e9, weightBytes: 10e9, kvBytesPerToken: 1e5 },
    ...{ promptTokens: 900, outputTokens: 200, beams: 1 },
  };

  it("is the memory bound where reading takes longest", () => {
    // 10^5 × (900 + 100) = 10^8 bytes a request; 1000 requests; 10^12 / (10^7 + 10^8).
    expect(rooflineTokensPerSecond(made)).toBeCloseTo(1e12 / 1.1e8, 6);
  });

  it("is the compute bound where multiplying takes longest", () => {
    // 2 × 10^10 × (1 + 4.5) operations for each token.
    expect(rooflineTokensPerSecond({ ...made, bytesPerSecond: 1e15 })).toBeCloseTo(1e15 / 1.1e11, 6);
  });

  it("reads and multiplies for each beam", () => {
    const memory = { ...made, operationsPerSecond: 1e16, beams: 4 };
    expect(rooflineTokensPerSecond(memory)).toBeCloseTo(1e12 / (10e9 / (100e9 / 1.3e8) + 1.3e8), 6);
    expect(rooflineTokensPerSecond({ ...made, bytesPerSecond: 1e15, beams: 4 })).toBeCloseTo(
      1e15 / 1.7e11,
      6,
    );
  });

  it("is unknown where the weights do not fit", () => {
    expect(rooflineTokensPerSecond({ ...made, weightBytes: 111e9 })).toBeNull();
  });
});

describe("features", () => {
  it("join the chip, the model and the benchmark", () => {
    expect(featuresOf()).toMatchObject({
      ...{ peak_bf16_tflops: 989.5, peak_fp4_tflops: null, memory_bandwidth_tbps: 3.35, tdp_w: 700 },
      ...{ layers: 80, kv_heads: 8, experts: 1, kv_elements_per_token_layer: 2 * 8 * 128 },
      ...{ mean_output_tokens: 291, bytes_per_parameter: 1, weights_gb: 69, peak_tflops: 1979 },
      ...{ accelerator_year: 2022, accelerator_released: "2022-10" },
    });
  });

  it("tell the share of the bound that a result reached", () => {
    // 8 × 1979 TFLOPS over 2 × 69·10^9 × (1 + 222 / 291) operations.
    const bound = (8 * 1979e12) / (138e9 * (1 + 222 / 291));
    expect(featuresOf().roofline_tokens_per_second).toBeCloseTo(bound, 3);
    expect(featuresOf().roofline_share).toBeCloseTo(24_000 / bound, 9);
  });

  it.each([
    ["fp4", "B200-SXM-180GB", 9000, 34.5],
    ["fp4", "H100-SXM-80GB", 1979, 34.5],
    ["int4", "Arc-Pro-B60", 196.6, 34.5],
    ["fp8", "Xeon-6980P", 419.4, 69],
    ["bf16", "MI300X", 1307.4, 138],
    ["fp32", "MI300X", 1307.4, 276],
  ])("take the peak of %s weights on %s as %f TFLOPS", (weight_data_type, accelerator, peak, weights) => {
    const row = featuresOf({ weight_data_type, accelerator });
    expect([row.peak_tflops, row.weights_gb]).toEqual([peak, weights]);
  });

  it("take the hosts' memory where processors do the work", () => {
    const processors = { accelerator: "Xeon-6980P", is_cpu_only: true, accelerators_total: 2, nodes: 1 };
    expect(featuresOf({ ...processors, host_memory_gb: 1536 }).roofline_tokens_per_second).toBeGreaterThan(0);
    expect(featuresOf({ ...processors, host_memory_gb: 64 }).roofline_tokens_per_second).toBeNull();
  });

  it("leave what the row itself says, and work with it", () => {
    const own = featuresOf({ peak_bf16_tflops: 5, peak_fp8_tflops: 10, tdp_w: 1, mean_output_tokens: 7 });
    expect(own).toMatchObject({ peak_bf16_tflops: 5, peak_tflops: 10, tdp_w: 1, mean_output_tokens: 7 });
    expect(own.roofline_tokens_per_second).toBeLessThan(featuresOf().roofline_tokens_per_second ?? 0);
    const told = featuresOf({ accelerator: "New", roofline_tokens_per_second: 48_000 });
    expect(told).toMatchObject({ roofline_tokens_per_second: 48_000, roofline_share: 0.5 });
  });

  it("are those of all chips together where a system is mixed", () => {
    const mix = [
      { accelerator: "MI300X", count: 8 },
      { accelerator: "MI355X", count: 16 },
    ];
    const [mi300x, mi355x] = mix.map(({ accelerator }) => tables.chips.get(accelerator) ?? {});
    const row = featuresOf({
      ...{ accelerator: "MI300X + MI355X", accelerator_mix: JSON.stringify(mix), accelerators_total: 24 },
      ...{ accelerator_memory_gb: null, accelerator_memory_total_gb: 8 * 192 + 16 * 288 },
    });
    for (const column of ["peak_bf16_tflops", "peak_fp8_tflops", "memory_bandwidth_tbps", "tdp_w"] as const)
      expect((row[column] ?? 0) * 24).toBeCloseTo(
        8 * (mi300x?.[column] ?? 0) + 16 * (mi355x?.[column] ?? 0),
        6,
      );
    // MI300X has no fp4, and neither their links nor their years are the same.
    expect([row.peak_fp4_tflops, row.interconnect_gbps, row.accelerator_year]).toEqual([null, null, null]);
    expect(row.roofline_tokens_per_second).toBeGreaterThan(0);
    const unknown = JSON.stringify([...mix, { accelerator: "New", count: 8 }]);
    expect(featuresOf({ accelerator: "…", accelerator_mix: unknown }).peak_bf16_tflops).toBeNull();
  });

  it("have no shape and no bound for a model that was changed", () => {
    expect(featuresOf({ flags: "below-capacity changed-model" })).toMatchObject({
      ...{ layers: null, kv_elements_per_token_layer: null, roofline_tokens_per_second: null },
    });
  });

  it("take the link that a row tells before that of the chip", () => {
    const nvl = { accelerator: "H200-NVL-141GB" };
    expect(featuresOf({ ...nvl, interconnect_gbps: 128 }).interconnect_gbps).toBe(128);
    expect(featuresOf(nvl).interconnect_gbps).toBe(tables.chips.get("H200-NVL-141GB")?.interconnect_gbps);
  });

  it("stay open where chip, model or type is unknown", () => {
    for (const changes of [{ accelerator: "New" }, { model: "New" }, { weight_data_type: null }])
      expect(featuresOf(changes)).toMatchObject({ roofline_tokens_per_second: null, roofline_share: null });
  });
});

describe("the table of specifications", () => {
  const { accelerators, sources } = tables.specifications;

  it("has a source for every value, or says that its confidence is low", () => {
    for (const { name, values } of accelerators)
      for (const { source, confidence } of values)
        expect([name, source === null]).toEqual([name, confidence === "low"]);
    const used = accelerators.flatMap(({ values }) => values.map(({ source }) => source));
    expect(Object.keys(sources).filter((source) => !used.includes(source))).toEqual([]);
  });

  it("launched no chip after the year in which it came to market", () => {
    const launched = [...tables.chips].filter(([, chip]) => chip.accelerator_released !== undefined);
    expect(launched.length).toBeGreaterThan(30);
    for (const [name, { accelerator_released: month = "", accelerator_year: year = 0 }] of launched)
      expect([name, Number(month.slice(0, 4)) <= year]).toEqual([name, true]);
  });

  it("has one value for each figure of each chip", () => {
    for (const { name, values } of accelerators)
      for (const column of chipColumns)
        expect([name, column, values.filter((value) => value[column] !== undefined).length]).toEqual([
          ...[name, column],
          tables.chips.get(name)?.[column] === undefined ? 0 : 1,
        ]);
  });

  it("stands in the documentation as it is", () => {
    const text = readFileSync(new URL("../docs/openmlperf-specs.md", import.meta.url), "utf8");
    for (const [name, chip] of tables.chips)
      expect(text).toContain(`| ${name} | ${chipColumns.map((column) => chip[column] ?? "").join(" | ")} |`);
    for (const { url } of Object.values(sources)) expect(text).toContain(url);
  });

  it("has a listed and documented source for every shape that is not of low confidence", () => {
    const text = readFileSync(new URL("../docs/openmlperf-specs.md", import.meta.url), "utf8");
    for (const { name, source, confidence } of tables.models.values())
      expect([name, source === null]).toEqual([name, confidence === "low"]);
    const lengthSources = [...tables.benchmarks.values()].flatMap((benchmark) => [
      ...[benchmark.prompt_source, benchmark.output_source],
    ]);
    const used = [...[...tables.models.values()].map(({ source }) => source), ...lengthSources];
    expect(Object.keys(tables.shapeSources).filter((source) => !used.includes(source))).toEqual([]);
    for (const { url } of Object.values(tables.shapeSources)) expect(text).toContain(url);
  });

  it("has documented lengths, with their source or as an estimate", () => {
    const text = readFileSync(new URL("../docs/openmlperf-specs.md", import.meta.url), "utf8");
    const sourceText = (source: string | null) => (source === null ? "estimate" : `\`${source}\``);
    for (const { name, ...of } of tables.benchmarks.values())
      expect(text).toContain(
        `| ${name} | ${of.mean_prompt_tokens} | ${of.mean_output_tokens} | ${sourceText(of.prompt_source)} | ${sourceText(of.output_source)} |`,
      );
  });

  it("is refused with every problem when it is wrong", () => {
    writeFileSync(
      join(folder, "specifications.yaml"),
      "sources: {}\naccelerators: [{ name: A, values: [{ source: gone, confidence: high, tdp_w: 1 }] }]\n",
    );
    writeFileSync(join(folder, "shapes.yaml"), "sources: {}\nmodels: 1\nbenchmarks: []\n");
    expect(() => loadSpecTables(folder)).toThrow(/models[\s\S]*source gone is not listed/u);
    const shape = "layers: 1, hidden_size: 1, attention_heads: 1, kv_heads: 1, head_dim: 1, experts: 1";
    writeFileSync(
      join(folder, "shapes.yaml"),
      `sources: {}\nmodels: [{ name: M, source: lost, confidence: high, ${shape}, experts_active: 1, kv_elements_per_token_layer: 1 }]\nbenchmarks: []\n`,
    );
    expect(() => loadSpecTables(folder)).toThrow(/source lost is not listed/u);
    const lengths = "beams: 1, mean_output_tokens: 1, output_source: null, mean_prompt_tokens: 1";
    writeFileSync(
      join(folder, "shapes.yaml"),
      `sources: {}\nmodels: []\nbenchmarks: [{ name: B, ${lengths}, prompt_source: hearsay }]\n`,
    );
    expect(() => loadSpecTables(folder)).toThrow(/source hearsay is not listed/u);
    writeFileSync(
      join(folder, "specifications.yaml"),
      "sources: {}\naccelerators: [{ name: A, values: [{ source: null, confidence: low, accelerator_released: May 2025 }] }]\n",
    );
    expect(() => loadSpecTables(folder)).toThrow(/must be a month, such as 2025-06/u);
  });
});

describe.skipIf(officialData === null)("official results", () => {
  it("are below their rooflines", async () => {
    const source = sourceAt(officialData ?? "");
    const { rows } = await buildDataset({ sources: [source], rules: null });
    const shares = rows.flatMap(({ roofline_share: share }) => (share === null ? [] : [share]));
    expect(shares.length).toBeGreaterThan(1600);
    const above = rows.filter(({ roofline_share: share }) => (share ?? 0) > 1);
    expect(above.map(({ published_id, flags }) => [published_id, flags])).toEqual([]);
  });
});
