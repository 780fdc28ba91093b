import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { parseCampaign } from "#src/campaign/matrix/campaign-file.js";
import { cellFolderOf, runFolderOf, standings } from "#src/campaign/matrix/campaign-state.js";
import { carryOut } from "#src/campaign/matrix/carry-out.js";
import type { Cell } from "#src/campaign/matrix/cell.js";
import { cellsOf } from "#src/campaign/matrix/cells-of-file.js";
import { contribute } from "#src/campaign/matrix/contribute.js";
import { resultTable } from "#src/campaign/matrix/result-table.js";
import { type CellResult, cellResults } from "#src/campaign/matrix/results.js";
import type { SweepRecord, SweepRun } from "#src/campaign/sweep-record.js";
import { EnvironmentError, UsageError } from "#src/errors.js";
import { sourceAt } from "#src/openmlperf/build-file.js";
import { readSource } from "#src/openmlperf/sources/read-source.js";
import type { RunRecord } from "#src/results/record.js";
import { temporaryFolder } from "./child-script.ts";
import { sampleRecord } from "./sample-record.ts";

const cli = fileURLToPath(new URL("../dist/cli.js", import.meta.url));
const folder = temporaryFolder();

const flexbench = (args: readonly string[], env: NodeJS.ProcessEnv = process.env) =>
  spawnSync(process.execPath, [cli, "campaign", ...args], { cwd: folder, encoding: "utf8", env });

function write(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const cellsIn = (text: string): Cell[] =>
  cellsOf(parseCampaign(`name: results\nserve: sim\ndefaults: { model: sim }\n${text}`, "file.yaml"));

function writeRun(path: string, changes: Partial<RunRecord>): void {
  mkdirSync(path, { recursive: true });
  writeFileSync(join(path, "record.json"), JSON.stringify(sampleRecord(changes)));
}

const figures = sampleRecord().metrics;

/** A point of a sweep with its run beside it. */
function writePoint(sweep: string, name: string, changes: Partial<SweepRun>): SweepRun {
  const tokensPerSecond = 100 * (changes.load ?? 1);
  writeRun(join(sweep, "points", name), { metrics: { ...figures, tokensPerSecond }, ...real });
  return {
    ...{
      name,
      role: "trial",
      load: 1,
      repeat: 0,
      folder: `points/${name}`,
      state: "valid",
      endedEarly: false,
    },
    figures: {
      ...{ samplesPerSecond: 1, tokensPerSecond, keptUpShare: 1, ttftP50Ns: 1, ttftP99Ns: 1 },
      ...{
        serviceTtftP50Ns: 1,
        serviceTtftP99Ns: 1,
        tpotP50Ns: 1,
        tpotP99Ns: 1,
        latencyP50Ns: 1,
        latencyP99Ns: 1,
      },
      ...{ goodputShare: 1, goodputPerSecond: 1 },
    },
    cost: null,
    ...changes,
  };
}

function writeSweep(path: string, runs: SweepRun[], qps: number | null): void {
  const record: SweepRecord = {
    ...{
      schema: "flexbench.sweep/1",
      id: "x",
      state: "finished",
      startedAt: "",
      endedAt: "",
      capacity: null,
    },
    flexbench: { version: "0.1.0", commit: null },
    plan: {
      ...{ kind: "find-max", loads: null, autoPoints: null, repeats: 1, coolDownNs: 0 },
      ...{ search: { resolution: 0.05, confirmations: 2, trialQueries: 100 }, config: { percentile: 99 } },
    },
    ...{ runs, summary: null },
    search: { qps, found: qps !== null, confirmations: 2, limit: null, resolution: 0.05, trials: [] },
  };
  mkdirSync(path, { recursive: true });
  writeFileSync(join(path, "sweep.json"), JSON.stringify(record));
}

const submission = {
  round: "v6.1",
  benchmark: "llama3.1-8b",
  scenario: "Server",
  fast: false,
  audit: null,
} as const;
const real = { simulated: false, submission };

const system = {
  ...{ submitter: "Maker", system_name: "One card", number_of_nodes: "1", accelerators_per_node: "1" },
  ...{ accelerator_model_name: "NVIDIA H100-SXM-80GB", host_processor_model_name: "AMD EPYC 9575F" },
  ...{ framework: "vLLM 0.11.0", operating_system: "Ubuntu 24.04", host_memory_capacity: "512 GB" },
};

describe("the contribution of a campaign", () => {
  const told = "set: { weight_data_type_raw: fp8 }";
  const matrix = `axes:
  setup:
    - { name: run, target-qps: 1, ${told} }
    - { name: simulated, target-qps: 2, ${told} }
    - { name: search, target-qps: 3, ${told} }
    - { name: nothing, target-qps: 4, ${told} }
    - { name: wrong, target-qps: 5, set: { weight_data_type_raw: fp9000 } }
    - { name: later, target-qps: 6, ${told} }
`;

  it("is one file with the runs and the best points that are results, and counts the others", async () => {
    const campaign = join(folder, "contributing");
    const [run, simulated, search, nothing, wrong] = cellsIn(matrix).map(({ id }) =>
      runFolderOf(cellFolderOf(campaign, id), "seed-42"),
    );
    writeRun(run ?? "", real);
    writeRun(simulated ?? "", { ...real, simulated: true });
    writeRun(wrong ?? "", real);
    const trials = [
      // A short trial lies higher than what was confirmed.
      writePoint(search ?? "", "short", { load: 9 }),
      writePoint(search ?? "", "early", { load: 8, endedEarly: true, state: "aborted" }),
      writePoint(search ?? "", "first", { load: 7 }),
      writePoint(search ?? "", "last", { load: 7 }),
    ];
    writeSweep(search ?? "", trials, 7);
    writeSweep(nothing ?? "", [], null);
    const options = { system: write("system.json", JSON.stringify(system)), workingFolder: folder };
    const contribution = await contribute(campaign, cellsIn(matrix), options);
    expect(contribution).toEqual({
      ...{ file: join(campaign, "contribution.json"), rows: 2 },
      leftOut: {
        "the server was simulated": 1,
        "no rate was VALID": 1,
        "fp9000 is no data type of weights that is known": 1,
        "not measured": 1,
      },
    });
    const { tables } = await readSource(sourceAt(contribution.file ?? ""));
    expect(tables.flat().map(({ row }) => [row.origin, row.source_row, row.result_value])).toEqual([
      ["flexbench", 0, 9941.2],
      ["flexbench", 1, 700],
    ]);
    // What is no result any more is in it no more.
    writeRun(run ?? "", { ...real, state: "invalid" });
    writeSweep(search ?? "", trials, null);
    expect(await contribute(campaign, cellsIn(matrix), options)).toMatchObject({ file: null, rows: 0 });
    expect(existsSync(join(campaign, "contribution.json"))).toBe(false);
  });

  it("leaves out short rounds of a search", async () => {
    const campaign = join(folder, "searched");
    const [cell] = cellsIn("axes: { target-qps: [1] }");
    if (cell === undefined) throw new Error("no cell");
    writeRun(runFolderOf(cellFolderOf(campaign, cell.id), "seed-42"), real);
    const search = { combination: "x", candidate: 1, settings: {}, round: 1, rounds: 2, share: 1 / 3 };
    const options = { system: null, workingFolder: folder };
    expect((await contribute(campaign, [{ ...cell, search }], options)).leftOut).toEqual({
      "a short round of the search": 1,
    });
  });

  it("and the figures of a search for the highest rate are of the rate that was confirmed", async () => {
    const campaign = join(folder, "confirmed");
    const [cell] = cellsIn("axes: { target-qps: [1] }\nmeasure: find-max");
    if (cell === undefined) throw new Error("no cell");
    const path = runFolderOf(cellFolderOf(campaign, cell.id), "seed-42");
    writeSweep(path, [writePoint(path, "short", { load: 9 }), writePoint(path, "full", { load: 7 })], 7);
    expect(await cellResults(campaign, [cell])).toMatchObject([
      { valid: 1, figures: { highestValidQps: 7, tokensPerSecond: 700 } },
    ]);
  });
});

describe("a cell that fails", () => {
  const failing = async (error: Error) => {
    const campaign = join(folder, `failing-${error.name}`);
    const cells = cellsIn("axes: { target-qps: [1] }");
    let starts = 0;
    const carry = () =>
      carryOut(campaign, cells, {
        run: () => Promise.reject(new Error("never begins")),
        startServer: () => {
          starts += 1;
          return Promise.reject(error);
        },
        ...{ environment: {}, timeLimitNs: null, mostAttempts: 3, onEvent: () => {} },
        signal: new AbortController().signal,
      });
    await carry();
    await carry();
    return {
      starts,
      standing: (await standings(campaign, cells))[0],
      results: await cellResults(campaign, cells),
    };
  };

  it("by settings that are wrong is not tried again", async () => {
    const wrong = await failing(
      new UsageError("SERVER_SETTINGS", [{ where: "gpus", message: "none was found" }]),
    );
    expect(wrong.starts).toBe(1);
    expect(wrong.standing).toMatchObject({ state: "failed", failures: 3 });
  });

  it("by what may pass is, and tells why in the table", async () => {
    const { starts, standing, results } = await failing(
      new EnvironmentError("SERVER_START", "It\ndid not come up."),
    );
    expect(starts).toBe(2);
    expect(standing).toMatchObject({ state: "failed", failures: 2 });
    const { head, rows } = resultTable(results);
    expect(head.at(-1)).toBe("reason");
    expect(rows[0]?.at(-1)).toBe("SERVER_START: It");
    expect(results[0]?.reason).toBe("SERVER_START: It\ndid not come up.");
  });
});

describe("a campaign whose servers do not come up", () => {
  it("waits as long as ready-within says, and tells reasons and logs in the order of the file", {
    timeout: 120_000,
  }, () => {
    const file = write(
      "sleeping.yaml",
      `
name: sleeping
defaults: { model: sim, duration: 1s }
serve: { command: "sleep 1000 # {port}", ready-within: 1s }
axes: { target-qps: [3, 1, 2] }
retries: 0
`,
    );
    const campaign = join(folder, "sleeping");
    const done = flexbench([file, "--output", campaign]);
    expect(done.status).toBe(5);
    expect(done.stdout).toContain("SERVER_START: The server was not ready within 1 s");
    const results = JSON.parse(readFileSync(join(campaign, "results.json"), "utf8")) as CellResult[];
    for (const { cell, serverLog, reason } of results) {
      expect(serverLog).toBe(join("cells", cell, "server.log"));
      expect(existsSync(join(campaign, serverLog ?? ""))).toBe(true);
      expect(reason).toContain("SERVER_START");
    }
    const status = flexbench(["status", campaign]).stdout.trim().split("\n");
    expect(status.map((line) => line.trim().split(/\s+/)[0])).toEqual(["target-qps", "3", "1", "2"]);
    expect(status[1]).toContain("SERVER_START: The server was not ready");
    expect(readFileSync(join(campaign, "results.csv"), "utf8")).toContain("serverLog,reason");
  });
});

describe("jobs that run at once on a machine with GPUs", () => {
  it("have other ones each, which their servers see", { timeout: 120_000 }, () => {
    const programs = join(folder, "bin");
    mkdirSync(programs);
    writeFileSync(
      join(programs, "nvidia-smi"),
      "#!/bin/sh\nprintf '0, Made GPU, 1000\\n1, Made GPU, 1000\\n2, Made GPU, 1000\\n'\n",
      { mode: 0o755 },
    );
    const seen = join(folder, "seen.txt");
    const file = write(
      "gpus.yaml",
      `
name: gpus
defaults: { model: sim, scenario: server, duration: 500ms, min-queries: 10, percentile: 50, max-tokens: 2, target-qps: 20 }
serve-command: "echo {which} $CUDA_VISIBLE_DEVICES >> ${seen}; exec '${process.execPath}' '${cli}' serve sim --port {port} --model sim"
axes: { server-size: [{ name: one, serve.which: one }, { name: two, serve.which: two, gpus: 2 }] }
executor: { kind: local, parallel: 2 }
`,
    );
    const env = { ...process.env, PATH: `${programs}:${process.env.PATH}` };
    const done = flexbench([file, "--output", join(folder, "gpus")], env);
    expect(done.status).toBe(0);
    const gpus = readFileSync(seen, "utf8").trim().split("\n").toSorted();
    expect(gpus).toEqual(["one 0", "two 1,2"]);
  });
});
