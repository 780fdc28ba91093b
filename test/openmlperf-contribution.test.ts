import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { buildDataset } from "#src/openmlperf/build-dataset.js";
import { sourceAt } from "#src/openmlperf/build-file.js";
import type { RunRecord } from "#src/results/record.js";
import { temporaryFolder } from "./child-script.ts";
import { sampleRecord } from "./sample-record.ts";

const cli = fileURLToPath(new URL("../dist/cli.js", import.meta.url));
const folder = temporaryFolder();
const contributions = join(folder, "contributions");

const system = {
  ...{ submitter: "Maker", system_name: "One card", number_of_nodes: "1", accelerators_per_node: "1" },
  ...{ accelerator_model_name: "NVIDIA H100-SXM-80GB", host_processor_model_name: "AMD EPYC 9575F" },
  ...{
    framework: "vLLM 0.11.0, CUDA 12.8",
    operating_system: "Ubuntu 24.04",
    host_memory_capacity: "512 GB",
  },
};

function writeRun(name: string, changes: Partial<RunRecord>): string {
  const path = join(folder, name);
  mkdirSync(path);
  writeFileSync(join(path, "record.json"), JSON.stringify(sampleRecord(changes)));
  return path;
}

function add(...args: string[]) {
  return spawnSync(process.execPath, [cli, "dataset", "add", ...args, "--to", contributions], {
    encoding: "utf8",
  });
}

describe("a run of one's own", () => {
  let run: string;
  const systemFile = join(folder, "system.json");
  beforeAll(() => {
    const submission = {
      round: "v6.1",
      benchmark: "llama3.1-8b",
      scenario: "Server",
      fast: false,
      audit: null,
    } as const;
    run = writeRun("run", { submission });
    writeFileSync(systemFile, JSON.stringify(system));
  });

  it("becomes a row that says it is not MLCommons'", async () => {
    const added = add(run, "--system", systemFile, "--set", "weight_data_type_raw=fp8");
    expect(added.stderr).toBe("");
    expect(readdirSync(contributions)).toHaveLength(1);
    // Again is the same file.
    add(run, "--system", systemFile, "--set", "weight_data_type_raw=fp8");
    expect(readdirSync(contributions)).toHaveLength(1);
    const source = sourceAt(contributions);
    const { rows } = await buildDataset({ sources: [source], rules: null });
    const { metrics } = sampleRecord();
    expect(rows).toMatchObject([
      {
        ...{ origin: "flexbench", round: null, published_on: "2026-11-24", source_kind: "contribution" },
        ...{ benchmark: "llama3.1-8b", scenario: "Server", submitter: "Maker", weight_data_type: "fp8" },
        ...{ accelerator: "H100-SXM-80GB", accelerators_total: 1, framework: "vLLM", vllm_version: "0.11.0" },
        ...{
          host_memory_gb: 512,
          tokens_per_second: metrics.tokensPerSecond,
          ttft_p99_ns: metrics.ttftNs?.p99,
        },
      },
    ]);
  });

  it("is refused with everything that is missing or wrong", () => {
    const bare = add(writeRun("simulated", { simulated: true, state: "invalid" }));
    expect(bare.status).toBe(2);
    for (const text of [
      "the server was simulated",
      "the run is invalid",
      "has no accelerator_raw",
      "has no benchmark_raw",
    ])
      expect(bare.stderr).toContain(text);
    const wrong = add(run, "--set", "speed=9", "--set", "nodes=two", "--set", "notes=");
    expect(wrong.stderr).toContain("names no column");
    expect(wrong.stderr).toContain("must be a number");
    expect(wrong.stderr).toContain("must be COLUMN=VALUE");
    const doubtful = add(run, "--set", "is_cpu_only=maybe");
    expect(doubtful.stderr).toContain("--set is_cpu_only=maybe: must be true or false");
  });

  it("is refused with every value that a build would find wrong", () => {
    const before = readdirSync(contributions);
    const settings = ["nodes=-3", "weight_data_type_raw=fp99", "cpu_frequency_ghz=4100"];
    const wrong = add(run, "--system", systemFile, ...settings.flatMap((setting) => ["--set", setting]));
    expect(wrong.status).toBe(2);
    expect(wrong.stderr).toContain("nodes is -3; it must be from 1 to 100000");
    expect(wrong.stderr).toContain("fp99 is no data type of weights that is known");
    expect(readdirSync(contributions)).toEqual(before);
    const unknown = add(
      ...[run, "--system", systemFile, "--set", "weight_data_type_raw=fp8"],
      ...["--set", "accelerator_raw=Chip 9"],
    );
    expect(unknown.stdout).toContain("no alias knows the accelerator Chip 9");
    expect(unknown.status).toBe(0);
  });
});

describe("runs and sweeps as a source", () => {
  it("give a row for each result, and say why the others are none", async () => {
    const source = join(folder, "sweep");
    const points = ["point-1", "point-2", "point-3"];
    mkdirSync(source);
    const states = ["valid", "valid", "invalid"] as const;
    for (const [index, name] of points.entries()) {
      const path = writeRun(join("sweep", name), {
        state: states[index] ?? "failed",
        config: { ...sampleRecord().config, targetQps: index + 1, benchmark: "llama3.1-8b" },
      });
      mkdirSync(join(path, "loadgen"));
      writeFileSync(join(path, "loadgen", "mlperf_log_accuracy.json"), "[");
    }
    const systemPath = join(folder, "sweep-system.json");
    writeFileSync(systemPath, JSON.stringify(system));
    const spec = { ...sourceAt(source), system: systemPath, set: { weight_data_type_raw: "fp8" } };
    const { rows, report } = await buildDataset({ sources: [spec], rules: null });
    const inOrder = rows.toSorted((one, other) => (one.target_qps ?? 0) - (other.target_qps ?? 0));
    expect(
      inOrder.map(({ origin, target_qps, source_kind }) => ({ origin, target_qps, source_kind })),
    ).toEqual([
      { origin: "flexbench", target_qps: 1, source_kind: "flexbench-run" },
      { origin: "flexbench", target_qps: 2, source_kind: "flexbench-run" },
    ]);
    expect(report.sources[0]?.passedOver).toEqual([
      { file: join("point-3", "record.json"), why: "the run is invalid" },
    ]);
    await expect(buildDataset({ sources: [sourceAt(source)], rules: null })).rejects.toMatchObject({
      code: "DATASET_SOURCE",
      problems: [
        {
          where: join(source, "point-1", "record.json"),
          message: expect.stringContaining("accelerator_raw"),
        },
        { where: join(source, "point-2", "record.json") },
        { message: "the run is invalid" },
      ],
    });
  });

  it("are read again only when a file changed, and give the same rows from the cache", async () => {
    const source = join(folder, "kept");
    mkdirSync(source);
    const path = writeRun(join("kept", "run"), {});
    writeRun(join("kept", "other"), { config: { ...sampleRecord().config, targetQps: 9 } });
    const spec = {
      ...sourceAt(source),
      set: {
        ...{
          benchmark_raw: "llama3.1-8b",
          accelerator_raw: "NVIDIA H100-SXM-80GB",
          accelerators_per_node: 1,
        },
        ...{ nodes: 1, cpu_raw: "AMD EPYC 9575F", weight_data_type_raw: "fp8", submitter_raw: "Maker" },
      },
    };
    const build = () => buildDataset({ sources: [spec], rules: null }, { cacheDir: join(folder, "cache") });
    const first = await build();
    expect(first.rows).toHaveLength(2);
    expect(await build()).toEqual(first);
    const [kept] = readdirSync(join(folder, "cache"));
    writeFileSync(join(path, "record.json"), JSON.stringify(sampleRecord({ state: "invalid" })));
    expect((await build()).rows).toMatchObject([{ target_qps: 9 }]);
    // What was kept of the earlier state is of no use any more.
    const names = readdirSync(join(folder, "cache"));
    expect(names).toHaveLength(1);
    expect(names).not.toContain(kept);
  });
});
