import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, it, vi } from "vitest";
import { collectingScript, slurmScript } from "#src/campaign/executors/slurm-script.js";
import { parseCampaign } from "#src/campaign/matrix/campaign-file.js";
import { cellsOf, groupsOf } from "#src/campaign/matrix/cells-of-file.js";
import { claimAttempt, HolderWatch, lastClaim, lifeOf } from "#src/campaign/matrix/claims.js";
import { estimate } from "#src/campaign/matrix/estimate.js";
import type { CellResult } from "#src/campaign/matrix/results.js";
import { UsageError } from "#src/errors.js";
import { temporaryFolder } from "./child-script.ts";

const cli = fileURLToPath(new URL("../dist/cli.js", import.meta.url));
const folder = temporaryFolder();

const short = `
name: test
defaults: { model: sim, scenario: server, duration: 500ms, min-queries: 10, percentile: 50, max-tokens: 2 }
serve: { kind: sim, ttft: 2ms, itl: 1ms }
`;

function write(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const flexbench = (...args: string[]) =>
  spawnSync(process.execPath, [cli, "campaign", ...args], { cwd: folder, encoding: "utf8" });

const statesOf = (campaign: string): { state: string; attempt: number }[] =>
  readdirSync(join(campaign, "cells")).flatMap((id) => {
    const file = join(campaign, "cells", id, "state.json");
    return existsSync(file) ? [JSON.parse(readFileSync(file, "utf8"))] : [];
  });

const recordsOf = (campaign: string): string[] =>
  readdirSync(join(campaign, "cells")).flatMap((id) => {
    const runs = join(campaign, "cells", id, "runs");
    if (!existsSync(runs)) return [];
    return readdirSync(runs)
      .filter((run) => !run.includes("."))
      .map((run) => join(runs, run, "record.json"))
      .filter(existsSync);
  });

describe("cells of a campaign", () => {
  const file = parseCampaign(
    `${short}
axes:
  target-qps: [10, 20]
  serve.itl: [1ms, 2ms]
  setup:
    - { name: plain }
    - { name: chat, api: chat, gpus: 2 }
exclude: [{ target-qps: 20, setup: chat }]
include: [{ target-qps: 30, serve.itl: 1ms, setup: plain }]
repeats: 2
`,
    "file.yaml",
  );
  const cells = cellsOf(file);

  it("are the product without what is excluded, with what is included, servers together", () => {
    expect(cells).toHaveLength(2 * 2 * 2 - 2 + 1);
    expect(cells.map(({ labels }) => labels)).not.toContainEqual(
      expect.objectContaining({ "target-qps": "20", setup: "chat" }),
    );
    expect(cells.filter(({ labels }) => labels["target-qps"] === "30")).toHaveLength(1);
    const servers = cells.map(({ server, resources }) => JSON.stringify([server, resources]));
    const changes = servers.filter((server, index) => index > 0 && server !== servers[index - 1]).length;
    expect(changes).toBe(new Set(servers).size - 1);
    expect(groupsOf(cells).size).toBe(new Set(servers).size);
    expect(cells.every(({ wishes }) => wishes.length === 2)).toBe(true);
  });

  it("keep their names when the file grows", () => {
    const grown = cellsOf(parseCampaign(file.source.replace("[10, 20]", "[10, 20, 40]"), "file.yaml"));
    const names = new Set(grown.map(({ id }) => id));
    expect(cells.every(({ id }) => names.has(id))).toBe(true);
    expect(grown.length).toBeGreaterThan(cells.length);
  });

  it("tell how long they take at the least", () => {
    const told = estimate(cells, 2);
    expect(told).toMatchObject({ cells: 7, runs: 14, serverStarts: 4 });
    // 14 runs of the 1 s that 10 queries at 10 a second take, or 0.5 s, with what is around them; 4 starts of 1 s.
    expect(told.seconds).toBeGreaterThan(14 * 4.5);
    expect(told.secondsAtOnce).toBeLessThan(told.seconds);
  });

  it("refuse a file with everything that is wrong", () => {
    const wrong = () =>
      parseCampaign(
        "name: x\ndefaults: { durration: 1s, api-key: secret }\naxes: { target-qps: [] }\nexclude: [{ speed: 1 }]",
        "wrong.yaml",
      );
    expect(wrong).toThrow(UsageError);
    expect(() => parseCampaign("name: x y\nrepeats: 0", "wrong.yaml")).toThrow(/letters[\s\S]*repeats/);
    for (const words of ["did you mean duration", "FLEXBENCH_API_KEY", "needs a value", "is no axis"])
      expect(wrong).toThrow(words);
  });
});

describe("claims", () => {
  it("give an attempt to one alone, and tell whether its holder lives", async () => {
    const cell = join(folder, "claimed");
    const claims = await Promise.all(Array.from({ length: 8 }, () => claimAttempt(cell, 1)));
    expect(claims.filter((claim) => claim !== null)).toHaveLength(1);
    const last = await lastClaim(cell);
    expect(last).toMatchObject({ attempt: 1, pid: process.pid });
    expect(last && lifeOf(last)).toBe(true);
    const child = spawnSync(process.execPath, ["-e", ""]);
    expect(last && lifeOf({ ...last, pid: child.pid })).toBe(false);
    // A process number that came again is another process.
    expect(last && lifeOf({ ...last, startTicks: 1 })).toBe(false);
    expect(last && lifeOf({ ...last, machine: "elsewhere" })).toBeNull();
    for (const claim of claims) claim?.release();
  });

  it("of holders on other machines lapse after a silence, and not while they beat", async () => {
    const cell = join(folder, "watched");
    const claim = await claimAttempt(cell, 1);
    claim?.release();
    const watch = new HolderWatch(50);
    expect(await watch.isSilent(cell, 1)).toBe(false);
    await sleep(80);
    writeFileSync(join(cell, "claims", "1.beat"), "1");
    expect(await watch.isSilent(cell, 1)).toBe(false);
    await sleep(80);
    expect(await watch.isSilent(cell, 1)).toBe(true);
  });
});

describe("a campaign on this machine", () => {
  it("measures each cell once, goes on after a kill without orphans, and retries", {
    tags: ["slow"],
    timeout: 60_000,
  }, async () => {
    const matrix = write(
      "twelve.yaml",
      `${short}
axes: { serve.itl: [1ms, 2ms, 3ms, 4ms], target-qps: [20, 30, 40] }
executor: { kind: local, parallel: 2 }
`,
    );
    const campaign = join(folder, "twelve");
    const first = spawn(process.execPath, [cli, "campaign", matrix, "--output", campaign], { cwd: folder });
    await vi.waitFor(() => expect(statesOf(campaign).length).toBeGreaterThan(1), {
      timeout: 30_000,
      interval: 50,
    });
    const working = processesNaming(campaign);
    expect(working.length).toBeGreaterThan(1);
    await killed(first);
    await vi.waitFor(() => expect(processesNaming(campaign)).toEqual([]), { timeout: 15_000, interval: 100 });
    const before = recordsOf(campaign)
      .map((file) => JSON.parse(readFileSync(file, "utf8")))
      .filter(({ state }) => state === "valid" || state === "invalid")
      .map(({ id }) => id);
    expect(before.length).toBeGreaterThan(0);
    expect(before.length).toBeLessThan(12);

    // Two controllers at once share what is left.
    const both = [1, 2].map(() =>
      spawn(process.execPath, [cli, "campaign", "resume", campaign], { cwd: folder }),
    );
    const codes = await Promise.all(
      both.map((child) => new Promise((resolve) => child.once("close", resolve))),
    );
    expect(codes).toEqual([0, 0]);
    expect(statesOf(campaign).map(({ state }) => state)).toEqual(Array(12).fill("finished"));
    const ids = recordsOf(campaign).map((file) => JSON.parse(readFileSync(file, "utf8")).id);
    expect(ids).toHaveLength(12);
    expect(new Set(ids).size).toBe(12);
    for (const id of before) expect(ids).toContain(id);
    const results = JSON.parse(readFileSync(join(campaign, "results.json"), "utf8")) as CellResult[];
    expect(results).toHaveLength(12);
    expect(results.every(({ figures }) => (figures.tokensPerSecond ?? 0) > 0)).toBe(true);
    expect(readFileSync(join(campaign, "report.html"), "utf8")).toContain("</html>");
    expect(readFileSync(join(campaign, "results.csv"), "utf8").trim().split("\n")).toHaveLength(13);
    expect(processesNaming(campaign)).toEqual([]);
  });

  it("tries a cell again that failed, tells why it gave up, and goes on when the cause is gone", () => {
    const flag = join(folder, "may-start");
    const matrix = write(
      "failing.yaml",
      `${short.replace(/serve: .*/, "")}
serve-command: test -e ${flag} && exec '${process.execPath}' '${cli}' serve sim --port {port} --model sim
axes: { target-qps: [20] }
retries: 1
`,
    );
    const campaign = join(folder, "failing");
    const failed = flexbench(matrix, "--output", campaign);
    expect(failed.status).toBe(5);
    expect(failed.stderr).toContain("Handed over again");
    expect(statesOf(campaign)).toMatchObject([{ state: "failed", attempt: 2 }]);
    expect(JSON.parse(readFileSync(join(campaign, "results.json"), "utf8"))).toMatchObject([
      { state: "failed", reason: expect.stringContaining("SERVER_") },
    ]);
    writeFileSync(flag, "");
    const again = flexbench("resume", campaign);
    expect(again.stderr).toContain("finished");
    expect(again.status).toBe(0);
  });

  it("says before anything is measured that the system's description is not there", () => {
    const matrix = write("untold.yaml", `${short}\nsystem: none.json\naxes: { target-qps: [20] }\n`);
    const campaign = join(folder, "untold");
    const refused = flexbench(matrix, "--output", campaign);
    expect(refused.stderr).toContain("none.json: is no description of a system");
    expect(refused.status).toBe(2);
    expect(statesOf(campaign)).toEqual([]);
  });

  it("is shown, cancelled and rendered", () => {
    const matrix = write("small.yaml", `${short}\naxes: { target-qps: [20] }\n`);
    expect(flexbench(matrix, "--dry-run").stdout).toMatch(/1 cell, 1 run, 1 server start: at least/);
    const campaign = join(folder, "small");
    expect(flexbench(matrix, "--output", campaign, "--json", "--quiet").status).toBe(0);
    expect(flexbench("status", campaign).stdout).toContain("finished");
    const page = join(folder, "campaign.html");
    spawnSync(process.execPath, [cli, "report", campaign, "--output", page]);
    expect(readFileSync(page, "utf8")).toContain("target-qps=20");
    rmSync(join(campaign, "results.csv"));
    expect(flexbench("collect", campaign).stdout).toContain("1 of 1 cells");
    expect(readFileSync(join(campaign, "results.csv"), "utf8")).toContain("finished");
    expect(flexbench("cancel", campaign).stdout).toContain("Cancelled");
    expect(flexbench("render", matrix).stderr).toContain("is local");
    expect(flexbench("status", folder).status).toBe(2);
    mkdirSync(join(folder, "other"));
    writeFileSync(join(folder, "other", "x"), "");
    expect(flexbench(matrix, "--output", join(folder, "other")).stderr).toContain("holds no campaign");
  });
});

function processesNaming(words: string): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(words);
      } catch {
        return false;
      }
    })
    .map(Number);
}

function killed(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.once("close", () => resolve());
    child.kill("SIGKILL");
  });
}

describe("the script for Slurm", () => {
  const file = parseCampaign(
    `${short}
axes: { target-qps: [20] }
executor: { kind: slurm, partition: gpu, account: lab, time: "4:00:00", parallel: 3, setup: [module load cuda], arguments: [--exclusive], client: own-node }
`,
    "slurm.yaml",
  );
  const array = {
    ...{ campaign: "/data/it's", name: "test", list: "jobs/a.json", tasks: 4, flexbench: ["flexbench"] },
    resources: { gpus: 8, nodes: 1, cpus: 16, memory: "64G" },
  };
  if (file.executor.kind !== "slurm") throw new Error("no Slurm");
  const { executor } = file;

  it("is followed by a job that collects, whatever becomes of the others", () => {
    const { campaign, name, flexbench: words } = array;
    const script = collectingScript({ campaign, name, after: ["7", "8"], flexbench: words }, executor);
    for (const line of ["--dependency=afterany:7:8", "--partition=gpu", "--account=lab"])
      expect(script).toContain(`#SBATCH ${line}\n`);
    expect(script).toContain("\nmodule load cuda\n");
    expect(script).toContain("exec 'flexbench' campaign collect '/data/it'\\''s'\n");
  });

  it("asks for what the cells need", () => {
    const script = slurmScript(array, executor);
    for (const line of [
      "--array=0-3%3",
      "--gres=gpu:8",
      "--cpus-per-task=16",
      "--mem=64G",
      "--partition=gpu",
    ])
      expect(script).toContain(`#SBATCH ${line}\n`);
    for (const line of ["--account=lab", "--time=4:00:00", "--requeue", "--exclusive"])
      expect(script).toContain(`#SBATCH ${line}\n`);
    expect(script).toContain("\nmodule load cuda\n");
    // The shell reads the folder's name as it is.
    const path = spawnSync("bash", ["-c", `set -- ${/work ('.*?') --list/.exec(script)?.[1]}; echo "$1"`], {
      encoding: "utf8",
    });
    expect(path.stdout).toBe("/data/it's\n");
    expect(spawnSync("bash", ["-n"], { input: script }).status).toBe(0);
  });

  it("puts the server on the other nodes of a job", () => {
    const script = slurmScript({ ...array, resources: { ...array.resources, nodes: 3 } }, executor);
    expect(script).toContain("srun --nodes=2 --ntasks=2");
    expect(script).toContain("--outcome-file");
    expect(spawnSync("bash", ["-n"], { input: script }).status).toBe(0);
  });
});
