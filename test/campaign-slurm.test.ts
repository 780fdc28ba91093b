import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { afterAll, describe, expect, test, vi } from "vitest";
import { awaitOfferedServer } from "#src/campaign/executors/await-server.js";
import { checkForExecutor } from "#src/campaign/executors/executor-problems.js";
import type { SlurmSettings } from "#src/campaign/executors/executor-settings.js";
import { kubernetesMemory, slurmMemory } from "#src/campaign/executors/memory.js";
import { offerCellServer, placeInStep } from "#src/campaign/executors/offer-server.js";
import { failedOutcome, writeOutcome } from "#src/campaign/executors/server-outcome.js";
import { slurmExecutor } from "#src/campaign/executors/slurm.js";
import { slurmScript } from "#src/campaign/executors/slurm-script.js";
import { parseCampaign } from "#src/campaign/matrix/campaign-file.js";
import type { Cell } from "#src/campaign/matrix/cell.js";
import { cellsOf } from "#src/campaign/matrix/cells-of-file.js";
import { jobsFor } from "#src/campaign/matrix/conduct.js";
import { writeCells } from "#src/campaign/matrix/known-cells.js";
import { renderCampaign } from "#src/campaign/matrix/render-campaign.js";
import { EnvironmentError } from "#src/errors.js";
import { serverOf } from "#src/server/server-kinds.js";
import { temporaryFolder } from "./child-script.ts";

const folder = temporaryFolder();
const programs = join(folder, "bin");
mkdirSync(programs);
vi.stubEnv("PATH", `${programs}${delimiter}${process.env.PATH}`);
afterAll(() => {
  vi.unstubAllEnvs();
});

function program(name: string, script: string): void {
  writeFileSync(join(programs, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
}

const campaignOf = (more: string) =>
  parseCampaign(
    `
name: several
defaults: { model: sim, scenario: server, duration: 500ms, target-qps: 1 }
${more}`,
    "several.yaml",
  );

const arrays = campaignOf(`
serve: vllm
axes: { size: [{ name: one, gpus: 1 }, { name: two, gpus: 1, model: other }, { name: large, gpus: 8, nodes: 2 }] }
executor: { kind: slurm, partition: gpu, setup: [module load cuda] }`);

function slurmOf(file: typeof arrays): SlurmSettings {
  if (file.executor.kind !== "slurm") throw new Error("no Slurm");
  return file.executor;
}

describe("the Slurm executor", () => {
  test("renders all that it hands over, word for word", async () => {
    const campaign = join(folder, "handed over");
    const count = join(folder, "count");
    program("sbatch", `n=$(cat '${count}' 2>/dev/null || echo 40); n=$((n + 1)); echo $n | tee '${count}'`);
    const cells = cellsOf(arrays);
    await writeCells(campaign, cells);
    const handles = await slurmExecutor(campaign, arrays.name, slurmOf(arrays)).submit(jobsFor(cells));
    expect(handles).toEqual(["41_0", "41_1", "42_0"]);
    const jobs = join(campaign, "jobs");
    const named = (ending: string) => readdirSync(jobs).filter((name) => name.endsWith(ending));
    const scripts = named(".sbatch").map((name) => readFileSync(join(jobs, name), "utf8"));
    const lists = named(".json").map((name) => readFileSync(join(jobs, name), "utf8"));
    expect([scripts.length, lists.length]).toEqual([3, 2]);
    const rendered = renderCampaign(arrays);
    const alike = (text: string) =>
      text
        .replaceAll(campaign, "DIR")
        .replaceAll(/array-[0-9a-f]+\.json/g, "array.json")
        .replaceAll("afterany:41:42", "afterany:ARRAY_1:ARRAY_2");
    for (const text of [...scripts, ...lists])
      expect(rendered.replaceAll(/array-\d+\.json/g, "array.json")).toContain(alike(text));
    expect(rendered.match(/^==> .* <==$/gm)).toHaveLength(5);
    expect(rendered).toContain("--nodes=2");
    expect(rendered).toContain("--gres=gpu:8");
  });

  test("keeps what accounting tells, or the log of completed jobs where there is none", async () => {
    const campaign = join(folder, "accounted");
    const executor = slurmExecutor(campaign, "accounted", slurmOf(arrays));
    mkdirSync(join(campaign, "jobs"), { recursive: true });
    const told = () => readFileSync(join(campaign, "jobs", "accounting.txt"), "utf8");
    writeFileSync(join(campaign, "jobs", "arrays.txt"), "41\n42\n");
    for (const job of ["41", "43"]) writeFileSync(join(campaign, "jobs", `slurm-job-${job}`), "");
    program("sacct", 'echo "$@"');
    await executor.finish([]);
    expect(told()).toMatch(/^--jobs 41,42 --format=JobID,.*AllocTRES --parsable2\n$/);
    // As Slurm 22.05 with accounting_storage/none and jobcomp/filetxt answers.
    program(
      "sacct",
      `case "$1" in
        --completion) echo "JobID|JobName|State|ExitCode|Start|End|Elapsed|NodeList"; echo "$3|wrap|COMPLETED|0:0|a|b|00:00:01|flexnode1";;
        *) echo "Slurm accounting storage is disabled" >&2; exit 1;;
      esac`,
    );
    await executor.finish([]);
    expect(told()).toContain("41,43|wrap|COMPLETED|0:0");
  });

  test("takes memory in the units of either cluster, and refuses what has none", () => {
    const units = ["64G", "64Gi", "1.5G", "512M", "0.3M", "1T"];
    expect(units.map(slurmMemory)).toEqual(["64G", "64G", "1536M", "512M", "308K", "1T"]);
    expect(units.map(kubernetesMemory)).toEqual(["64Gi", "64Gi", "1536Mi", "512Mi", "308Ki", "1Ti"]);
    const resources = { gpus: 0, nodes: 1, cpus: null, memory: "1.5G" };
    const array = { campaign: "/c", name: "x", list: "l", tasks: 1, resources, flexbench: ["f"] };
    expect(slurmScript(array, slurmOf(arrays))).toContain("#SBATCH --mem=1536M\n");
    const bare = campaignOf(`serve: sim\naxes: { memory: [ { name: a, memory: "64" } ] }`);
    expect(() => checkForExecutor(cellsOf(bare), slurmOf(arrays))).toThrow("without a unit");
  });
});

describe("a server on several nodes", () => {
  const node = { nodes: 2, rank: 1, head: "node7", headPort: 1234 };

  test("is told by its engine's own arguments which node it is on", () => {
    const vllm = serverOf("vllm");
    expect(vllm.onNodes?.({ serverArgument: "--seed 1" }, node)).toEqual({
      serverArgument:
        "--seed 1 --nnodes 2 --node-rank 1 --master-addr node7 --master-port 1234 --headless".split(" "),
    });
    expect(vllm.onNodes?.({}, { ...node, rank: 0 }).serverArgument).not.toContain("--headless");
    expect(serverOf("sglang").onNodes?.({}, node)).toEqual({
      serverArgument: "--nnodes 2 --node-rank 1 --dist-init-addr node7:1234".split(" "),
    });
    expect(serverOf("command").onNodes?.({ command: "x" }, node)).toMatchObject({
      nodeRank: 1,
      head: "node7",
    });
  });

  test("is a step over all nodes, or over all but the client's", () => {
    const array = {
      ...{ campaign: "/c", name: "x", list: "l", tasks: 1, flexbench: ["f"] },
      resources: { gpus: 8, nodes: 3, cpus: 4, memory: null },
    };
    const beside = slurmScript(array, slurmOf(arrays));
    expect(beside).toContain("srun --nodes=3 --ntasks=3 --ntasks-per-node=1 --cpus-per-task=4 --kill");
    const apart = slurmScript(array, { ...slurmOf(arrays), client: "own-node" });
    expect(apart).toContain(
      "srun --nodes=2 --ntasks=2 --ntasks-per-node=1 --cpus-per-task=4 --relative=1 --kill",
    );
    expect(placeInStep({ SLURM_PROCID: "1", SLURM_STEP_NUM_TASKS: "2" })).toEqual({ nodes: 2, rank: 1 });
    expect(placeInStep({})).toEqual({ nodes: 1, rank: 0 });
    expect(() => placeInStep({ SLURM_PROCID: "2", SLURM_STEP_NUM_TASKS: "2" })).toThrow("2 of 2 tasks");
  });

  test("is refused where it would be several servers", () => {
    const refusalOf = (serve: string, executor = slurmOf(arrays), nodes = 2) => {
      const file = campaignOf(`${serve}\naxes: { size: [{ name: a, nodes: ${nodes} }] }`);
      try {
        checkForExecutor(cellsOf(file), executor);
        return null;
      } catch (error) {
        return String(error);
      }
    };
    expect(refusalOf("serve: sim")).toContain("sim runs on one");
    expect(refusalOf("serve-command: serve --port {port}")).toContain("does not name {node-rank}");
    expect(refusalOf("serve: { kind: vllm, container: docker }")).toContain("containers");
    expect(refusalOf("serve-command: serve --port {port} --rank {node-rank}")).toBeNull();
    expect(refusalOf("serve: vllm")).toBeNull();
    const apart = { ...slurmOf(arrays), client: "own-node" as const };
    expect(refusalOf("serve: sim", apart)).toBeNull();
    expect(refusalOf("serve: sim", apart, 3)).toContain("sim runs on one");
  });
});

describe("a server on another node", () => {
  const [cell] = cellsOf(campaignOf("serve: { kind: sim, ttft: 1ms }\naxes: { x: [{ name: a }] }"));
  if (cell === undefined) throw new Error("no cell");
  const place = { nodes: 1, rank: 0 };

  function wait(file: string, own: Cell, environment: NodeJS.ProcessEnv = {}) {
    return awaitOfferedServer(own, { outcomeFile: file, signal: new AbortController().signal, environment });
  }

  test("tells how it was started, and that it is there no more", { timeout: 60_000 }, async () => {
    const outcomeFile = join(folder, "offered.json");
    const logPath = join(folder, "offered.log");
    const stop = new AbortController();
    const offering = offerCellServer(cell, { outcomeFile, logPath, place, signal: stop.signal });
    const server = await wait(outcomeFile, cell);
    expect(server.started?.launch).toMatchObject({
      kind: "sim",
      command: expect.stringContaining("--ttft=1ms"),
    });
    expect(server.started?.logPath).toBe(logPath);
    expect(server.started).toMatchObject({ simulated: true, model: "sim" });
    await writeOutcome(outcomeFile, failedOutcome(new EnvironmentError("SERVER_DIED", "It is gone.")));
    expect(await server.died).toBe("It is gone.");
    stop.abort();
    await offering;
  });

  test("gives the client the key that it takes from the environment", async () => {
    const outcomeFile = join(folder, "keyed.json");
    const launch = {
      ...{
        kind: "vllm",
        command: "vllm serve",
        settings: {},
        container: null,
        device: "cpu",
        accelerators: [],
      },
      ...{ processor: null, instructionSets: [], startSeconds: 1, warmUpSeconds: 1 },
    };
    const ready = { state: "ready" as const, url: "http://n:1", name: "vLLM", version: null, model: "m" };
    await writeOutcome(outcomeFile, { ...ready, simulated: false, launch, logPath: "/log" });
    expect(readFileSync(outcomeFile, "utf8")).not.toContain("secret");
    const vllm = { ...cell, server: { kind: "vllm", command: null, options: { "ready-within": "1s" } } };
    const server = await wait(outcomeFile, vllm, { VLLM_API_KEY: "secret" });
    expect(server.started?.apiKey).toBe("secret");
    await server.stop();
  });

  test("tells why it did not come, at once and to each that asks", { timeout: 60_000 }, async () => {
    const command = "echo 'torch.OutOfMemoryError: CUDA out of memory' >&2; exit 3";
    const broken = { ...cell, server: { kind: "command", command, options: {} } };
    const outcomeFile = join(folder, "broken.json");
    const logPath = join(folder, "broken.log");
    const waiting = wait(outcomeFile, broken).catch((error: unknown) => error);
    const { signal } = new AbortController();
    await expect(offerCellServer(broken, { outcomeFile, logPath, place, signal })).rejects.toMatchObject({
      code: "SERVER_OUT_OF_MEMORY",
    });
    for (const asked of [await waiting, await wait(outcomeFile, broken).catch((error: unknown) => error)])
      expect(asked).toMatchObject({
        code: "SERVER_OUT_OF_MEMORY",
        message: expect.stringContaining("CUDA out of memory"),
      });
  });

  test("tells why one of its other nodes ended", { timeout: 60_000 }, async () => {
    const command = "test {node-rank} = 1 && echo 'RuntimeError: CUDA out of memory, {head}' >&2; exit 3";
    const broken = { ...cell, server: { kind: "command", command, options: {} } };
    const outcomeFile = join(folder, "node.json");
    const logPath = join(folder, "node.log");
    writeFileSync(`${outcomeFile}.head`, JSON.stringify({ head: "node7", headPort: 1234 }));
    const { signal } = new AbortController();
    const offer = { outcomeFile, logPath, place: { nodes: 2, rank: 1 }, signal };
    await expect(offerCellServer(broken, offer)).rejects.toMatchObject({ code: "SERVER_OUT_OF_MEMORY" });
    await expect(wait(outcomeFile, broken)).rejects.toMatchObject({
      code: "SERVER_OUT_OF_MEMORY",
      message: expect.stringMatching(/on node 1 ended with exit code 3.*CUDA out of memory, node7/s),
    });
  });

  test("is not waited for longer than it may take to start", async () => {
    const quick = { ...cell, server: { kind: "sim", command: null, options: { "ready-within": "100ms" } } };
    const waiting = wait(join(folder, "silent.json"), quick);
    await expect(waiting).rejects.toMatchObject({ code: "CAMPAIGN_SERVER_SILENT" });
  });
});
