import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { buildDataset } from "#src/openmlperf/build-dataset.js";
import { readBuildFile, sourceAt, sourcesAt } from "#src/openmlperf/build-file.js";
import { datasetFiles } from "#src/openmlperf/forms/dataset-files.js";
import { writeForms } from "#src/openmlperf/forms/write-forms.js";
import { readDataset } from "#src/openmlperf/read-dataset.js";
import { validateDataset } from "#src/openmlperf/validate/validate.js";
import { temporaryFolder } from "./child-script.ts";
import { officialData } from "./official-data.ts";

const cli = fileURLToPath(new URL("../dist/cli.js", import.meta.url));
const fetchResults = fileURLToPath(new URL("../scripts/fetch-results.mjs", import.meta.url));
const folder = temporaryFolder();

const published = {
  ...{ ID: "9.0-0001", Submitter: "Maker", Availability: "available", Category: "closed" },
  ...{ Suite: "datacenter", System: "Server", Platform: "8xH100", UsedModel: "llama2-70b-99" },
  ...{ Model: "llama2-70b-99", Scenario: "Offline", Nodes: 1, "a#": 8, "p#": 2 },
  ...{
    Accelerator: "NVIDIA H100-SXM-80GB",
    Processor: "AMD EPYC 9575F",
    Software: "TensorRT 10.8, CUDA 12.8",
  },
  ...{ Location: "closed/Maker/results/8xH100/llama2-70b-99/Offline", version: "v9.0" },
  ...{ weight_data_types: "fp8", Performance_Result: 24_000, Performance_Units: "Tokens/s" },
};
const interactive = {
  ...published,
  ...{ ID: "9.0-0002", Model: "llama2-70b-interactive-99", Scenario: "Server", Performance_Result: 9000 },
  Location: "closed/Maker/results/8xH100/llama2-70b-interactive-99/Server",
};
const checked = {
  ...{ Organization: "Maker", Availability: "available", Division: "closed", SystemType: "datacenter" },
  ...{ SystemName: "Server", Platform: "8xH100", Model: "llama2-70b-99", MlperfModel: "llama2-70b-99" },
  ...{ Scenario: "Offline", Result: 24_000, Accuracy: "ROUGE1: 44.5", number_of_nodes: 1 },
  ...{ accelerator_model_name: "NVIDIA H100-SXM-80GB", accelerators_per_node: 8, version: "v9.0" },
  ...{ Location: "./closed/Maker/results/8xH100/llama2-70b-99/Offline/performance/run_1" },
  ...{ framework: "vLLM 0.9.0", Units: "Tokens/s", weight_data_types: "fp8", inferred: 0 },
};

function write(path: string, content: unknown): string {
  const file = join(folder, path);
  mkdirSync(join(file, ".."), { recursive: true });
  writeFileSync(file, typeof content === "string" ? content : JSON.stringify(content));
  return file;
}

function build(...paths: readonly string[]) {
  return buildDataset({ sources: sourcesAt(paths), rules: null });
}

async function written(output: string, ...paths: readonly string[]): Promise<string> {
  await writeForms(join(folder, output), await build(...paths));
  return join(folder, output);
}

describe("a source that is named", () => {
  const cut = JSON.stringify([published]).slice(0, -20);

  it.each<[string, unknown, RegExp]>([
    ["is cut off", cut, /is no JSON: ./],
    ["is empty", "", /is no JSON: ./],
    ["is an empty list", [], /holds no records/],
    ["is no table", { prices: [] }, /holds no form of results that is known/],
    ["has no figure", [{ ...published, Performance_Result: null }], /1 of 1 rows hold no figure/],
  ])("and %s is an error with the file and the cause", async (name, content, message) => {
    const path = write(`named/${name}.json`, content);
    await expect(build(path)).rejects.toMatchObject({
      code: "DATASET_SOURCE",
      problems: [{ where: path, message: expect.stringMatching(message) }],
    });
  });

  it("is an error in a folder where the published table is cut off, whatever lies beside it", async () => {
    const table = write("folder/v9/summary_results.json", cut);
    write("folder/other.json", [published]);
    await expect(build(join(folder, "folder"))).rejects.toMatchObject({ problems: [{ where: table }] });
    await expect(build(join(folder, "nowhere"), table)).rejects.toMatchObject({
      problems: [{ where: join(folder, "nowhere"), message: "cannot be read" }, { where: table }],
    });
    const bare = join(folder, "bare");
    mkdirSync(bare);
    await expect(build(bare)).rejects.toThrow(`${bare}: holds no file of results`);
  });

  it("with results of other benchmarks alone is no dataset", async () => {
    const vision = write("vision.json", [{ ...published, Model: "resnet", Performance_Units: "Samples/s" }]);
    await expect(build(vision)).rejects.toMatchObject({ code: "DATASET_EMPTY" });
  });

  it("ends the command with 2 and leaves the dataset that was there", () => {
    const output = join(folder, "kept");
    const run = (path: string) =>
      spawnSync(process.execPath, [cli, "dataset", "build", "--source", path, "--output", output], {
        encoding: "utf8",
      });
    expect(run(write("good.json", [published])).status).toBe(0);
    const before = readFileSync(join(output, datasetFiles.jsonLines), "utf8");
    const refused = run(write("cut.json", cut));
    expect(refused.stderr).toContain("DATASET_SOURCE");
    expect(refused.status).toBe(2);
    expect(readFileSync(join(output, datasetFiles.jsonLines), "utf8")).toBe(before);
  });
});

describe("the name of a source without one", () => {
  it("is that of its folder, and the bytes are the same however the path is spelt", async () => {
    write("places/inc/summary.json", [published]);
    const run = (path: string, output: string) => {
      const done = spawnSync(
        process.execPath,
        [cli, "dataset", "build", "--source", path, "--output", join(folder, output), "--json"],
        { encoding: "utf8", cwd: join(folder, "places") },
      );
      return (JSON.parse(done.stdout) as { sha256: unknown }).sha256;
    };
    const hashes = run("inc", "spelt-1");
    expect(run("./inc/", "spelt-2")).toEqual(hashes);
    expect(run(join(folder, "places", "inc"), "spelt-3")).toEqual(hashes);
    const line = readFileSync(join(folder, "spelt-3", datasetFiles.jsonLines), "utf8");
    expect(JSON.parse(line)).toMatchObject({ source: "inc", source_file: "summary.json" });
    for (const file of Object.values(datasetFiles))
      expect(readFileSync(join(folder, "spelt-3", file)).includes(folder)).toBe(false);
  });

  it("is told apart from that of another, and refused twice in a build file", async () => {
    expect(sourcesAt(["a/inc", "b/inc", "c/inc"], ["inc-2"]).map(({ name }) => name)).toEqual([
      ...["inc", "inc-3", "inc-4"],
    ]);
    const path = write("twice.yaml", "sources: [{ name: a, path: x }, { name: a, path: y }]");
    await expect(readBuildFile(path)).rejects.toThrow("a is the name of another source");
  });
});

describe("logs and system descriptions as sources of their own", () => {
  const log = {
    ...{ id: "9.0-0001", platform: "8xH100", model: "llama2-70b-99", scenario: "Offline" },
    ...{ performance_result: 24_000, log_path: "log", system_path: "closed/Maker/systems/8xH100.json" },
    log: { result_valid: "VALID", completed_tokens_per_second: 24_000 },
  };

  it("complete the rows of another, and what belongs to no row is counted", async () => {
    const table = write("apart/table.json", [published]);
    const logs = write("apart/logs.json", { round: "v9.0", rows: [log, { ...log, id: "9.0-0009" }] });
    const systems = write("apart/systems.json", {
      round: "v9.0",
      systems: { "closed/Maker/systems/8xH100.json": { cooling: "Liquid" }, other: { cooling: "Air" } },
    });
    const { rows, report } = await build(logs, systems, table);
    expect(rows).toMatchObject([{ log_valid: true, log_agrees: true, log_path: "log", cooling: "Liquid" }]);
    expect(report.unmatched).toEqual([
      { source: "logs.json", file: "logs.json", logs: 1, systems: 0 },
      { source: "systems.json", file: "systems.json", logs: 0, systems: 1 },
    ]);
    const described = await build(table, systems);
    expect(described.rows).toMatchObject([
      { log_path: null, cooling: "Liquid", system_path: "closed/Maker/systems/8xH100.json" },
    ]);
  });
});

describe("the summary of the submission checker", () => {
  const columns = Object.fromEntries(Object.entries(checked).map(([name, value]) => [name, { 0: value }]));
  it.each<[string, unknown]>([
    ["a list of records", [checked]],
    ["an object of records", { "9.0-0007": checked }],
    ["an object of columns", columns],
  ])("is read as %s", async (name, content) => {
    const { rows, report } = await build(write(`checker/${name}/summary.json`, content));
    expect(report.sources[0]).toMatchObject({ tables: 1, rows: 1 });
    expect(rows).toMatchObject([
      {
        ...{ source_kind: "submission-summary", round: "v9.0", submitter: "Maker", division: "closed" },
        ...{ benchmark: "llama2-70b-99", tokens_per_second: 24_000, accelerators_total: 8, rouge1: 44.5 },
        ...{ framework: "vLLM", result_path: "closed/Maker/results/8xH100/llama2-70b-99/Offline" },
      },
    ]);
  });

  it("has the round of its source where it names none", async () => {
    const { version: _, ...unnamed } = checked;
    const path = write("checker/unnamed.json", [unnamed]);
    const { rows } = await buildDataset({ sources: [{ ...sourceAt(path), round: "v9.1" }], rules: null });
    expect(rows).toMatchObject([{ round: "v9.1" }]);
  });
});

describe("an earlier build as a source", () => {
  const log = (tokens: number) =>
    `Completed tokens per second: ${tokens}\nResult is : VALID\nMean latency (ns) : 5000\n`;
  let earlier: string;
  beforeAll(async () => {
    const repository = "grown/repository";
    write(`${repository}/summary_results.json`, [published, interactive]);
    for (const { Location, Performance_Result } of [published, interactive])
      write(
        `${repository}/${Location}/performance/run_1/mlperf_log_summary.txt`,
        log(Performance_Result + 0.4),
      );
    earlier = await written("grown/earlier", join(folder, repository));
  });

  it.each([datasetFiles.parquet, datasetFiles.jsonLines])(
    "gives the same bytes again from %s",
    async (name) => {
      const again = await written(`grown/again-${name}`, join(earlier, name));
      for (const file of [datasetFiles.parquet, datasetFiles.jsonLines, datasetFiles.csv])
        expect(readFileSync(join(again, file))).toEqual(readFileSync(join(earlier, file)));
    },
  );

  it("keeps its rows while another round is added, whatever the order", async () => {
    const next = write("grown/next.json", [{ ...published, ID: "9.1-0001", version: "v9.1" }]);
    const { rows, report } = await build(earlier, next);
    expect(rows.map(({ round }) => round)).toEqual(["v9.0", "v9.0", "v9.1"]);
    expect(rows.slice(0, 2)).toEqual(await readDataset(earlier));
    expect(report).toMatchObject({ kept: 2, renewed: 0 });
    expect((await build(next, earlier)).rows).toEqual(rows);
  });

  it("yields to what is published anew, and completes it by what only it knows", async () => {
    const corrected = { ...published, Submitter: "Maker", Software: "SGLang 0.5.0", Notes: "corrected" };
    const { rows, report } = await build(write("grown/anew.json", [corrected, interactive]), earlier);
    expect(report).toMatchObject({ kept: 0, renewed: 2 });
    expect(rows).toMatchObject([
      { notes: "corrected", framework: "SGLang", log_valid: true, latency_mean_ns: 5000 },
      { scenario: "Interactive", log_agrees: true },
    ]);
    expect(rows.map(({ id }) => id)).toEqual((await readDataset(earlier)).map(({ id }) => id));
  });

  it("leads the raw logs of a checkout without a table", async () => {
    const { Location } = published;
    write(`grown/logs/${Location}/performance/run_1/mlperf_log_summary.txt`, log(24_000.41));
    const logs = { ...sourceAt(join(folder, "grown/logs")), round: "v9.0" };
    const { rows } = await buildDataset({ sources: [logs, sourceAt(earlier)], rules: null });
    expect(rows).toHaveLength(2);
    expect(rows[0]).toMatchObject({ published_id: "9.0-0001", result_value: 24_000 });
  });

  it("is refused where it would lose columns, or has no rows", async () => {
    const lines = readFileSync(join(earlier, datasetFiles.jsonLines), "utf8");
    const newer = write("grown/newer.jsonl", lines.replace("{", '{"speed":9,'));
    await expect(build(newer)).rejects.toThrow(
      "has columns that this version of FlexBench does not know: speed",
    );
    await expect(build(write("grown/none.jsonl", ""))).rejects.toThrow("is a dataset without rows");
    await expect(build(write("grown/broken.parquet", "PAR"))).rejects.toThrow("is no Parquet");
  });

  it.skipIf(officialData === null)(
    "of all published results is the same again, also with its sources",
    { tags: ["slow"] },
    async () => {
      const data = officialData ?? "";
      const whole = await written("official", data);
      expect(
        validateDataset(await readDataset(whole)).filter(({ severity }) => severity === "error"),
      ).toEqual([]);
      const bytes = readFileSync(join(whole, datasetFiles.parquet));
      const again = await written("official-again", join(whole, datasetFiles.parquet));
      expect(readFileSync(join(again, datasetFiles.parquet)).equals(bytes)).toBe(true);
      const both = await written("official-both", data, whole);
      expect(readFileSync(join(both, datasetFiles.parquet)).equals(bytes)).toBe(true);
    },
  );
});

describe("the scheduled build", () => {
  const root = new URL("../", import.meta.url);
  const workflow = (name: string) =>
    parse(readFileSync(new URL(`.github/workflows/${name}`, root), "utf8")) as {
      jobs: Record<string, { if?: string; steps: { name?: string; uses?: string; run?: string }[] }>;
    };

  it("pulls what is published, builds on it, validates, shows what changes and publishes, in this order", async () => {
    const steps = workflow("openmlperf.yml").jobs.build?.steps ?? [];
    const commands = ["dataset pull", "fetch-results", "dataset build", "dataset validate", "dataset diff"];
    const places = [...commands, "dataset publish"].map((command) =>
      steps.findIndex(({ run }) => run?.includes(command)),
    );
    expect(places).not.toContain(-1);
    expect(places).toEqual(places.toSorted((one, other) => one - other));
    expect(steps.find(({ run }) => run?.includes("dataset diff"))?.run).toContain("$GITHUB_STEP_SUMMARY");
    const { sources } = await readBuildFile(fileURLToPath(new URL(".github/openmlperf.yaml", root)));
    expect(sources.at(-1)?.path).toBe(fileURLToPath(new URL("published", root)));
    expect(steps.find(({ run }) => run?.includes("dataset pull"))?.run).toContain("--output published");
  });

  it.each(["ci.yml", "openmlperf.yml"])("takes actions at a commit: %s", (name) => {
    const uses = Object.values(workflow(name).jobs).flatMap(({ steps }) =>
      steps.flatMap((step) => step.uses ?? []),
    );
    expect(uses.length).toBeGreaterThan(1);
    for (const action of uses) expect(action).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40}$/);
  });

  it("fetches tables, logs and descriptions of repositories alone, and records their commits", async () => {
    const repository = join(folder, "upstream");
    const git = (...args: string[]) => {
      const who = ["-c", "user.name=x", "-c", "user.email=x@example.org"];
      return spawnSync("git", ["-C", repository, ...who, ...args], { encoding: "utf8" }).stdout.trim();
    };
    const log = "Completed tokens per second: 24000\nResult is : VALID\n";
    write("upstream/summary_results.json", [published]);
    write("upstream/closed/Maker/systems/8xH100.json", { cooling: "Air" });
    write(`upstream/${published.Location}/performance/run_1/mlperf_log_summary.txt`, log);
    write(`upstream/${published.Location}/performance/run_1/mlperf_log_detail.txt`, "large");
    git("init", "--quiet");
    git("add", "-A");
    git("commit", "--quiet", "-m", "one");
    const first = git("rev-parse", "HEAD");
    git("commit", "--quiet", "--allow-empty", "-m", "two");
    const newest = git("rev-parse", "HEAD");
    git("config", "uploadpack.allowAnySHA1InWant", "true");
    const buildFile = write(
      "scheduled/build.yaml",
      `sources:
  - { name: newest, path: newest, url: "file://${repository}", round: v9.0 } # kept
  - { name: pinned, path: pinned, url: "file://${repository}", commit: ${first}, round: v9.0 }
`,
    );
    const recorded = join(folder, "scheduled", "recorded.yaml");
    const done = spawnSync(process.execPath, [fetchResults, buildFile, recorded], { encoding: "utf8" });
    expect(done.stdout).toBe(`newest is at ${newest}\npinned is at ${first}\n`);
    const again = spawnSync(process.execPath, [fetchResults, buildFile, recorded], { encoding: "utf8" });
    expect(again.stdout).toBe(done.stdout);
    const file = await readBuildFile(recorded);
    expect(file.sources.map(({ commit }) => commit)).toEqual([newest, first]);
    const run = join(folder, "scheduled/newest", published.Location, "performance/run_1");
    expect(existsSync(join(run, "mlperf_log_detail.txt"))).toBe(false);
    const built = await buildDataset({ ...file, sources: file.sources.slice(0, 1) });
    expect(built.rows).toMatchObject([{ source_commit: newest, log_agrees: true, cooling: "Air" }]);
  });
});
