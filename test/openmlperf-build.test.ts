import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { decompress } from "fzstd";
import { parquetReadObjects } from "hyparquet";
import { beforeAll, describe, expect, it } from "vitest";
import { type BuiltDataset, buildDataset } from "#src/openmlperf/build-dataset.js";
import { readBuildFile, type SourceSpec, sourceAt } from "#src/openmlperf/build-file.js";
import { columns } from "#src/openmlperf/columns.js";
import { datasetFiles } from "#src/openmlperf/forms/dataset-files.js";
import { writeForms } from "#src/openmlperf/forms/write-forms.js";
import { columnNames } from "#src/openmlperf/row.js";
import { temporaryFolder } from "./child-script.ts";
import { officialData } from "./official-data.ts";

const compressors = { ZSTD: (page: Uint8Array, length: number) => decompress(page, new Uint8Array(length)) };
const cli = fileURLToPath(new URL("../dist/cli.js", import.meta.url));
const folder = temporaryFolder();
const outputs = temporaryFolder();

function sourceNamed(name: string, path: string): SourceSpec {
  return { ...sourceAt(path), name, url: "https://example.org/results" };
}

const published = {
  ID: "9.0-0001",
  Submitter: "Maker",
  Availability: "available",
  Category: "closed",
  Suite: "datacenter",
  System: "Server, with 8 cards",
  Platform: "8xH100",
  UsedModel: "llama2-70b-99",
  Model: "llama2-70b-99",
  Scenario: "Offline",
  Accuracy: "ROUGE1: 44.5  ROUGE2: 22.1  ROUGEL: 28.7  TOKENS_PER_SAMPLE: 293.7",
  Nodes: 1,
  Processor: "Intel(R) Xeon(R) Platinum 8480+",
  "a#": 8,
  "p#": 2,
  Accelerator: "NVIDIA H100-SXM-80GB",
  Location: "./closed/Maker/results/8xH100/llama2-70b-99/Offline/performance/run_1",
  Software: "TensorRT 10.8, CUDA 12.8",
  operating_system: "Ubuntu 24.04",
  Notes: 'says "fast", and more',
  version: "v9.0",
  inferred: 0,
  has_power: false,
  weight_data_types: "fp8",
  Performance_Result: 24000,
  Performance_Units: "Tokens/s",
};
const server = {
  ...published,
  ID: "9.0-0002",
  Scenario: "Server",
  Performance_Result: 22000,
  Performance_Units: "Queries/s",
};
const vision = {
  ...published,
  ID: "9.0-0003",
  Model: "resnet",
  UsedModel: "resnet",
  Performance_Units: "Samples/s",
};
/** The same row as `published` in another table, with what that one left out. */
const imported = {
  MlperfModel: "llama2-70b-99",
  Model: "llama2-70b-99",
  Organization: "Maker",
  Division: "closed",
  SystemType: "datacenter",
  Platform: "8xH100",
  Scenario: "Offline",
  Result: 24000,
  Units: "Tokens/s",
  benchmark_version: "9.0",
  debug_uid: "0123",
  url_result: "https://example.org/details",
  "system.host_memory_capacity": "2 TB",
};

function writeJson(name: string, content: unknown): void {
  writeFileSync(join(folder, name), JSON.stringify(content));
}

beforeAll(() => {
  writeJson("a-cmx.json", [imported]);
  writeJson("summary.json", [published, server, vision]);
  writeJson("logs.json", {
    round: "v9.0",
    rows: [
      {
        id: "9.0-0002",
        platform: "8xH100",
        model: "llama2-70b-99",
        scenario: "Server",
        performance_result: 22000,
        log_path: "closed/Maker/log",
        system_path: "closed/Maker/systems/8xH100.json",
        log: {
          result_valid: "VALID",
          completed_tokens_per_second: 22000.4,
          completed_samples_per_second: 75,
          "ttft_ns.p99": 1.5e9,
          "tpot_ns.p99.9": 9e7,
          "settings.target_qps": 76,
        },
      },
    ],
  });
  writeJson("systems.json", {
    round: "v9.0",
    systems: { "closed/Maker/systems/8xH100.json": { host_memory_capacity: "1.5TB", cooling: "Liquid" } },
  });
  writeJson("other.json", { prices: [] });
  writeFileSync(join(folder, "broken.json"), "{");
});

describe("a dataset from files of several forms", () => {
  let built: BuiltDataset;
  beforeAll(async () => {
    built = await buildDataset({ sources: [sourceNamed("made", folder)], rules: null });
  });

  it("has one row a result, led by the table of MLCommons, completed by the others", () => {
    expect(built.rows.map(({ published_id }) => published_id)).toEqual(["9.0-0001", "9.0-0002"]);
    expect(built.rows[0]).toMatchObject({
      origin: "official",
      round: "v9.0",
      source: "made",
      source_kind: "summary-results",
      source_file: "summary.json",
      source_row: 0,
      result_path: "closed/Maker/results/8xH100/llama2-70b-99/Offline",
      details_url: "https://example.org/details",
      tokens_per_second: 24000,
      tokens_per_second_per_accelerator: 3000,
      accelerator: "H100-SXM-80GB",
      host_memory_gb: 2048,
      rouge1: 44.5,
      log_path: null,
      is_cpu_only: false,
    });
    expect(built.report).toMatchObject({ merged: 1 });
  });

  it("takes latencies, settings, system and the true unit from logs", () => {
    expect(built.rows[1]).toMatchObject({
      result_unit_raw: "Queries/s",
      result_unit: "tokens/s",
      tokens_per_second: 22000,
      flags: expect.stringContaining("unit-repaired"),
      log_agrees: true,
      log_valid: true,
      ttft_p99_ns: 1.5e9,
      tpot_p999_ns: 9e7,
      target_qps: 76,
      host_memory_gb: 1536,
      cooling: "Liquid",
    });
  });

  it("says what it left out and passed over", () => {
    expect(built.report.otherBenchmarks).toEqual([{ benchmark: "resnet", rows: 1 }]);
    expect(built.report.sources[0]?.passedOver).toEqual([
      { file: "broken.json", why: expect.stringMatching(/^is no JSON: ./) },
      { file: "other.json", why: "holds no form of results that is known" },
    ]);
  });

  it("is written in every form, with the same bytes each time", async () => {
    const output = join(outputs, "out");
    const hashes = await writeForms(output, built);
    const again = await buildDataset({ sources: [sourceNamed("made", folder)], rules: null });
    expect(await writeForms(join(outputs, "again"), again)).toEqual(hashes);

    const bytes = readFileSync(join(output, datasetFiles.parquet));
    const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
    const rows = await parquetReadObjects({ file, compressors });
    expect(
      rows.map(({ accelerators_total, ttft_p99_ns, notes }) => [accelerators_total, ttft_p99_ns, notes]),
    ).toEqual([
      [8n, null, published.Notes],
      [8n, 1.5e9, published.Notes],
    ]);
    const lines = readFileSync(join(output, datasetFiles.jsonLines), "utf8").trimEnd().split("\n");
    expect(lines.map((line) => JSON.parse(line))).toEqual(built.rows);
    const csv = readFileSync(join(output, datasetFiles.csv), "utf8");
    expect(csv.split("\r\n")[0]).toBe(columnNames.join(","));
    expect(csv).toContain('"says ""fast"", and more"');
    const schema = JSON.parse(readFileSync(join(output, datasetFiles.schema), "utf8"));
    expect(Object.keys(schema.properties)).toEqual(columnNames);
    expect(schema.properties.nodes.type).toEqual(["integer", "null"]);
    expect(schema.properties.ttft_p99_ns.description).toContain("Unit: ns.");
    const card = readFileSync(join(output, datasetFiles.card), "utf8");
    for (const name of columnNames) expect(card).toContain(`| \`${name}\` | ${columns[name].type} |`);
    expect(readFileSync(join(output, datasetFiles.report), "utf8")).toContain("| resnet | 1 |");
  });

  it("keeps the names of rows when a table grows", async () => {
    writeJson("more.json", [{ ...published, ID: "9.0-0000", Submitter: "Other" }]);
    const grown = await buildDataset({ sources: [sourceNamed("made", folder)], rules: null });
    expect(grown.rows.map(({ id }) => id)).toEqual(expect.arrayContaining(built.rows.map(({ id }) => id)));
    expect(new Set(grown.rows.map(({ id }) => id)).size).toBe(3);
  });
});

describe("a checkout of a results repository", () => {
  const checkout = join(outputs, "checkout");
  const summary = [
    "SUT name : PySUT",
    "Scenario : Server",
    "Completed samples per second    : 75.00",
    "Completed tokens per second: 22000.00",
    "Result is : VALID",
    "  Min duration satisfied : Yes",
    "99.00 percentile latency (ns)   : 9000000000",
    "99.90 percentile first token latency (ns)   : 1900000000",
    "Mean Time per Output Token (ns)    : 40000000",
    "samples_per_query : 1",
    "target_qps : 76",
    "min_duration (ms): 600000",
  ];
  const result = join(checkout, "closed/Maker/results/8xH100/llama2-70b-99/Server");
  beforeAll(() => {
    mkdirSync(join(result, "performance/run_1"), { recursive: true });
    mkdirSync(join(result, "accuracy"));
    mkdirSync(join(checkout, "closed/Maker/systems"));
    writeFileSync(join(result, "performance/run_1/mlperf_log_summary.txt"), summary.join("\n"));
    writeFileSync(
      join(result, "accuracy/accuracy.txt"),
      "{'rouge1': 44.4, 'tokens_per_sample': 293.7}\nhash=0\n",
    );
    writeFileSync(join(result, "measurements.json"), '{"weight_data_types":"fp8"}');
    writeFileSync(
      join(checkout, "closed/Maker/systems/8xH100.json"),
      JSON.stringify({
        ...{ system_type: "datacenter", status: "available", number_of_nodes: 1, accelerators_per_node: "8" },
        ...{ accelerator_model_name: "NVIDIA H100-SXM-80GB", framework: "vLLM 0.9.0", cooling: "Air" },
      }),
    );
  });

  it("gives a row a performance run, from its log, its system and its accuracy", async () => {
    const { rows } = await buildDataset({
      sources: [{ ...sourceNamed("made", checkout), round: "v9.0" }],
      rules: null,
    });
    expect(rows).toMatchObject([
      {
        ...{ round: "v9.0", division: "closed", suite: "datacenter", submitter: "Maker", platform: "8xH100" },
        ...{
          benchmark: "llama2-70b-99",
          scenario: "Server",
          tokens_per_second: 22000,
          samples_per_second: 75,
        },
        ...{ log_valid: true, latency_p99_ns: 9e9, ttft_p999_ns: 1.9e9, tpot_mean_ns: 4e7 },
        ...{ target_qps: 76, min_duration_ms: 600_000, samples_per_query: 1 },
        ...{
          accelerators_total: 8,
          framework: "vLLM",
          cooling: "Air",
          rouge1: 44.4,
          tokens_per_sample: 293.7,
        },
        ...{ weight_data_type: "fp8", result_path: "closed/Maker/results/8xH100/llama2-70b-99/Server" },
      },
    ]);
  });

  it("completes the published table, and leaves out what has no performance log", async () => {
    mkdirSync(join(result, "../Offline/performance/run_1"), { recursive: true });
    const tables = sourceNamed("tables", join(folder, "summary.json"));
    const logs = { ...sourceNamed("logs", checkout), round: "v9.0" };
    const { rows, report } = await buildDataset({ sources: [tables, logs], rules: null });
    expect(rows).toHaveLength(2);
    expect(report.merged).toBe(1);
    expect(rows[1]).toMatchObject({
      ...{
        source: "tables",
        published_id: "9.0-0002",
        result_unit_raw: "Queries/s",
        result_unit: "tokens/s",
      },
      ...{ ttft_p999_ns: 1.9e9, cooling: "Air" },
    });
  });
});

describe("a whole results repository", () => {
  const repository = join(outputs, "repository");
  const folder = "closed/Maker/results/8xH100/llama2-70b-99";
  const log = (tokens: string) =>
    `Completed tokens per second: ${tokens}\nResult is : VALID\nMean latency (ns) : 5000\n`;
  const write = (path: string, text: string) => {
    mkdirSync(join(repository, path, ".."), { recursive: true });
    writeFileSync(join(repository, path), text);
  };
  beforeAll(() => {
    const serverRow = { ...server, Location: `./${folder}/Server/performance/run_1` };
    const noFigure = { ...published, ID: "9.0-0004", Performance_Result: null };
    write("summary_results.json", JSON.stringify([published, serverRow, noFigure]));
    // As in v6.0: the table rounds what the log says.
    write(`${folder}/Offline/performance/run_1/mlperf_log_summary.txt`, log("24000.41"));
    write(`${folder}/Server/performance/run_1/mlperf_log_summary.txt`, log("21000"));
    write(`${folder}/Interactive/accuracy/accuracy.txt`, "");
    write(
      `${folder.replace("results", "measurements")}/Server/8xH100.json`,
      '{"weight_data_types":"fp4","input_data_types":"int32"}',
    );
  });

  it("joins each row of its table to its log by the folder, and compares their figures", async () => {
    const { rows, report } = await buildDataset({ sources: [sourceNamed("all", repository)], rules: null });
    const seen = rows.map(({ published_id, result_value, log_agrees, latency_mean_ns }) => ({
      ...{ published_id, result_value, log_agrees, latency_mean_ns },
    }));
    expect(seen).toEqual([
      { published_id: "9.0-0001", result_value: 24000, log_agrees: true, latency_mean_ns: 5000 },
      { published_id: "9.0-0002", result_value: 22000, log_agrees: false, latency_mean_ns: 5000 },
    ]);
    expect(report.merged).toBe(2);
    expect(report.sources[0]?.passedOver).toEqual([
      { file: "summary_results.json", why: "1 of 3 rows hold no figure" },
      { file: `${folder}/Interactive`, why: "has no summary of a performance test with a figure" },
    ]);
  });

  it("takes watts in a row of their own for the power of that result", async () => {
    const location = { Location: `${folder}/Offline` };
    const tables = [
      { ...imported, ...location, Result: 4000, Units: "Watts" },
      { ...imported, ...location },
      { ...imported, Location: "elsewhere", Result: 9, Units: "Watts" },
    ];
    writeFileSync(join(outputs, "power.json"), JSON.stringify(tables));
    const source = sourceNamed("power", join(outputs, "power.json"));
    const { rows, report } = await buildDataset({ sources: [source], rules: null });
    expect(new Set(rows.map((row) => `${row.result_value} ${row.power_w} ${row.tokens_per_joule}`))).toEqual(
      new Set(["24000 4000 6", "9 null null"]),
    );
    expect(report).toMatchObject({ merged: 1, filled: 1 });
  });

  it("finds the measurements of earlier rounds in their own tree", async () => {
    rmSync(join(repository, "summary_results.json"));
    const { rows } = await buildDataset({ sources: [sourceNamed("all", repository)], rules: null });
    expect(
      rows.map(({ scenario, weight_data_type_raw, log_agrees }) => [
        ...[scenario, weight_data_type_raw, log_agrees],
      ]),
    ).toEqual(
      expect.arrayContaining([
        ["Server", "fp4", null],
        ["Offline", null, null],
      ]),
    );
  });
});

describe("a build file", () => {
  it.each(["examples/openmlperf.yaml", ".github/openmlperf.yaml"])("is valid: %s", async (path) => {
    const { sources } = await readBuildFile(fileURLToPath(new URL(`../${path}`, import.meta.url)));
    expect(sources.length).toBeGreaterThan(1);
  });

  it("names sources relative to itself, and says everything that is wrong", async () => {
    const path = join(folder, "build.yaml");
    writeFileSync(path, "sources:\n  - { name: tables, path: summary.json, commit: abc }\n");
    expect((await readBuildFile(path)).sources).toEqual([
      {
        name: "tables",
        path: join(folder, "summary.json"),
        url: null,
        commit: "abc",
        licence: null,
        set: {},
        system: null,
        round: null,
        origin: "official",
      },
    ]);
    writeFileSync(path, "sources:\n  - { name: '', path: 3 }\nrule: x\n");
    await expect(readBuildFile(path)).rejects.toMatchObject({
      code: "DATASET_BUILD_FILE",
      problems: [
        { where: `${path}: sources.0.name` },
        { where: `${path}: sources.0.path` },
        { where: `${path}: file` },
      ],
    });
    await expect(
      buildDataset({ sources: [sourceNamed("none", join(folder, "nowhere"))], rules: null }),
    ).rejects.toMatchObject({ code: "DATASET_SOURCE" });
  });
});

it("flexbench dataset build writes it, and asks for a source", () => {
  const output = join(outputs, "by-cli");
  const flexbench = (...args: string[]) =>
    spawnSync(process.execPath, [cli, "dataset", "build", ...args], { encoding: "utf8", cwd: folder });
  const done = flexbench("--source", join(folder, "summary.json"), "--output", output);
  expect(done.stdout).toMatch(/^2 rows, 1 with tokens a second, 0 of them marked as duplicates\n/);
  expect(done.status).toBe(0);
  const refused = flexbench();
  expect(refused.stderr).toContain("needs a build file or --source");
  expect(refused.status).toBe(2);
});

describe.skipIf(officialData === null)("the published results", () => {
  let built: BuiltDataset;
  let seconds: number;
  beforeAll(async () => {
    const startedAt = performance.now();
    built = await buildDataset({ sources: [sourceNamed("official", officialData ?? "")], rules: null });
    seconds = (performance.now() - startedAt) / 1000;
  });

  it("give 1,663 rows with tokens a second and more, v4.0 among them, in seconds", () => {
    const withTokens = built.rows.filter(({ tokens_per_second }) => tokens_per_second !== null);
    const later = withTokens.filter(({ round }) => round !== null && round >= "v4.1");
    expect(later.length).toBeGreaterThanOrEqual(1663);
    expect(withTokens.filter(({ round }) => round === "v4.0")).toHaveLength(29);
    expect(seconds).toBeLessThan(30);
  });

  it("have the power of all 24 rows whose watts an imported table holds apart", () => {
    const watts = built.rows.filter(({ result_unit }) => result_unit === "W");
    expect(watts).toEqual([]);
    const measured = built.rows.filter(({ round, power_w }) => round === "v5.0" && power_w !== null);
    expect(measured).toHaveLength(14);
  });

  it("are the same bytes when they are built again", async () => {
    const again = await buildDataset({ sources: [sourceNamed("official", officialData ?? "")], rules: null });
    const first = await writeForms(join(outputs, "official"), built);
    expect(await writeForms(join(outputs, "official-again"), again)).toEqual(first);
  });

  it("agree with all 1,154 raw logs", () => {
    const logged = built.rows.filter(({ log_path }) => log_path !== null);
    expect(logged).toHaveLength(1154);
    expect(logged.filter(({ log_agrees, log_valid }) => !log_agrees || !log_valid)).toEqual([]);
  });

  it("keep the 26 rows without accelerators of v4.1 and v5.0, and have a name for every chip", () => {
    const cpuOnly = built.rows.filter(
      ({ is_cpu_only, round }) => is_cpu_only && ["v4.1", "v5.0"].includes(round ?? ""),
    );
    expect(cpuOnly).toHaveLength(26);
    expect(built.report.unknown.filter(({ kind }) => kind === "accelerator")).toEqual([]);
    expect(new Set(built.rows.map(({ id }) => id)).size).toBe(built.rows.length);
  });
});

describe("a query", () => {
  const query = (sql: string, ...args: string[]) =>
    spawnSync(process.execPath, [cli, "dataset", "query", sql, "--dataset", join(outputs, "out"), ...args], {
      encoding: "utf8",
    });

  it("is answered as a table, CSV or JSON", () => {
    const sql =
      "SELECT scenario, tokens_per_second AS rate, rouge1, log_path FROM results ORDER BY rate DESC";
    expect(
      query(sql)
        .stdout.split("\n")
        .map((line) => line.trim().split(/\s+/)),
    ).toEqual([
      ["scenario", "rate", "rouge1", "log_path"],
      ["Offline", "24000", "44.5", "–"],
      ["Server", "22000", "44.5", "closed/Maker/log"],
      [""],
    ]);
    expect(query(sql, "--format", "csv").stdout).toBe(
      "scenario,rate,rouge1,log_path\r\nOffline,24000,44.5,\r\nServer,22000,44.5,closed/Maker/log\r\n",
    );
    expect(JSON.parse(query(sql, "--format", "json").stdout.split("\n")[1] ?? "")).toEqual({
      ...{ scenario: "Server", rate: 22000, rouge1: 44.5, log_path: "closed/Maker/log" },
    });
  });

  it("gives whole numbers as numbers where JSON can hold them", () => {
    const sql = "SELECT count(*) AS rows, sum(nodes) AS nodes, 9007199254740993 AS large FROM results";
    expect(JSON.parse(query(sql, "--format", "json").stdout)).toEqual({
      ...{ rows: 2, nodes: 2, large: "9007199254740993" },
    });
  });

  it("that cannot be answered says why", () => {
    const wrong = query("SELECT speed FROM results");
    expect(wrong.stderr).toContain('"speed"');
    expect(wrong.status).toBe(2);
    expect(query("SELECT 1", "--dataset", join(folder, "nowhere")).status).toBe(2);
  });
});
