import { type ChildProcess, spawn } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { processesWith, type SlurmCluster, startCluster } from "./cluster.ts";

const flexbench = fileURLToPath(new URL("../../dist/cli.js", import.meta.url));
const nodeOfServer = fileURLToPath(new URL("./node-of-server.mjs", import.meta.url));
const patience = { timeout: 90_000, interval: 200 };

let folder: string;
let cluster: SlurmCluster;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "slurm-campaign-"));
  cluster = await startCluster();
});

afterAll(async () => {
  await cluster?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Four servers, each a job with a GPU, two at once; three rates on each: twelve cells. */
const matrix = `
name: slurm
serve-command: exec '${process.execPath}' '${flexbench}' serve sim --port {port} --model sim --ttft 5ms --itl {itl}
defaults:
  model: sim
  scenario: server
  duration: 1500ms
  min-queries: 20
  percentile: 50
  max-tokens: 4
  gpus: 1
axes:
  serve.itl: [1ms, 2ms, 3ms, 4ms]
  target-qps: [20, 30, 40]
retries: 2
executor: { kind: slurm, parallel: 2, poll: 500ms }
`;

interface Controller {
  child: ChildProcess;
  said(): string;
  ended: Promise<number | null>;
}

function startController(...args: string[]): Controller {
  const child = spawn(process.execPath, [flexbench, "campaign", ...args], {
    cwd: folder,
    env: cluster.environment,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      said += text;
    });
  }
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  return { child, said: () => said, ended };
}

/** Running tasks: the job's own number, which its processes know. */
async function runningJobs(): Promise<string[]> {
  const jobs = await cluster.ask("squeue", "--array", "--noheader", "--states=RUNNING", "--format=%A");
  return jobs.split("\n").filter(Boolean);
}

async function restartsOf(job: string): Promise<number> {
  const told = await cluster.ask("scontrol", "show", "job", job);
  return Number(/Restarts=(\d+)/.exec(told)?.[1]);
}

interface State {
  state: string;
  attempt: number;
  runs: string[];
}

function statesOf(campaign: string): State[] {
  const cells = join(campaign, "cells");
  return readdirSync(cells).flatMap((id) => {
    const file = join(cells, id, "state.json");
    return existsSync(file) ? [JSON.parse(readFileSync(file, "utf8"))] : [];
  });
}

/** Records of finished runs, by the folder of their cell. */
function recordsOf(campaign: string): Map<string, string[]> {
  const cells = join(campaign, "cells");
  return new Map(
    readdirSync(cells).map((id) => {
      const runs = join(cells, id, "runs");
      const records = readdirSync(runs).map((run) => join(runs, run, "record.json"));
      return [id, records.filter(existsSync)];
    }),
  );
}

/** What still runs for the cluster beside its daemons. */
const jobProcesses = () =>
  processesWith(`SLURM_CONF=${cluster.slurmConf}`).filter(
    ({ command }) => !/^(\/\S*\/)?(munged|slurmctld|slurmd|slurmscriptd)\b|^(slurmctld)?: /.test(command),
  );

describe("a campaign on Slurm", () => {
  test("twelve cells, one job killed, one queued again, the controller killed: each result is there once", async () => {
    const campaign = join(folder, "100% of twelve cells");
    writeFileSync(join(folder, "twelve.yaml"), matrix);
    const first = startController("twelve.yaml", "--output", campaign);

    const [killed = "", requeued = ""] = await vi.waitFor(async () => {
      const jobs = await runningJobs();
      expect(jobs, first.said()).toHaveLength(2);
      const measuring = jobs.filter((job) =>
        processesWith(`SLURM_JOB_ID=${job}`).some(({ command }) => command.includes("serve sim")),
      );
      expect(measuring).toHaveLength(2);
      return jobs;
    }, patience);
    for (const { pid } of processesWith(`SLURM_JOB_ID=${killed}`)) {
      try {
        process.kill(pid, "SIGKILL");
      } catch {
        // It ended with the others.
      }
    }
    await cluster.ask("scontrol", "requeue", requeued);
    expect(await restartsOf(requeued)).toBe(1);

    await vi.waitFor(
      () => expect(statesOf(campaign).filter(({ state }) => state === "finished").length).toBeGreaterThan(3),
      patience,
    );
    first.child.kill("SIGKILL");
    await first.ended;
    const unfinished = 12 - statesOf(campaign).filter(({ state }) => state === "finished").length;
    expect(unfinished).toBeGreaterThan(0);

    const second = startController("resume", campaign);
    expect(await second.ended, second.said()).toBe(0);

    const states = statesOf(campaign);
    expect(states.map(({ state }) => state)).toEqual(Array(12).fill("finished"));
    // The job that was killed and the one queued again had begun their first cells: those needed another attempt.
    expect(states.filter(({ attempt }) => attempt > 1).length).toBeGreaterThanOrEqual(2);
    const records = [...recordsOf(campaign).values()];
    expect(records.map((found) => found.length)).toEqual(Array(12).fill(1));
    const measured = records.flat().map((file) => JSON.parse(readFileSync(file, "utf8")));
    expect(measured.map(({ state }) => state)).toEqual(Array(12).fill("valid"));
    expect(new Set(measured.map(({ id }) => id)).size).toBe(12);
    const results: unknown[] = JSON.parse(readFileSync(join(campaign, "results.json"), "utf8"));
    expect(results).toHaveLength(12);
    const logs = readdirSync(join(campaign, "jobs")).filter((name) => /^slurm-\d+_\d+\.log$/.test(name));
    expect(logs.length).toBeGreaterThanOrEqual(5);

    // The cluster has no database of accounts: Slurm's log of completed jobs tells of each.
    const accounts = readFileSync(join(campaign, "jobs", "accounting.txt"), "utf8")
      .trim()
      .split("\n");
    expect(accounts[0]).toBe("JobID|JobName|State|ExitCode|Start|End|Elapsed|NodeList");
    expect(accounts.filter((line) => line.includes("|COMPLETED|0:0|")).length).toBeGreaterThanOrEqual(4);

    expect(await cluster.ask("squeue", "--noheader")).toBe("");
    await vi.waitFor(() => expect(jobProcesses()).toEqual([]), 10_000);
  });

  test("a server on nodes of its own is reached over the address that it tells", async () => {
    const campaign = join(folder, "apart");
    writeFileSync(
      join(folder, "apart.yaml"),
      `
name: apart
serve: { kind: sim, ttft: 5ms, itl: 1ms }
defaults: { model: sim, scenario: server, duration: 500ms, min-queries: 10, percentile: 50, max-tokens: 4, nodes: 2 }
axes: { target-qps: [20, 30] }
executor: { kind: slurm, client: own-node, poll: 500ms }
`,
    );
    const controller = startController("apart.yaml", "--output", campaign);
    const nodes = await vi.waitFor(async () => {
      const steps = await cluster.ask("squeue", "--steps", "--noheader", "--format=%i %N");
      const [, node] = /^[\d_]+\.0 (\S+)$/m.exec(steps) ?? [];
      expect(node, controller.said()).toBeDefined();
      return { server: node, job: await cluster.ask("squeue", "--noheader", "--format=%N") };
    }, patience);
    expect(nodes).toEqual({ server: cluster.nodes[1], job: "flexnode[1-2]" });
    expect(await controller.ended, controller.said()).toBe(0);
    const records = [...recordsOf(campaign).values()].flat();
    expect(records).toHaveLength(2);
    for (const file of records) {
      const { state, server } = JSON.parse(readFileSync(file, "utf8"));
      expect(state).toBe("valid");
      expect(server.launch).toMatchObject({ kind: "sim", command: expect.stringContaining("--ttft=5ms") });
      expect(existsSync(join(dirname(file), "server.log"))).toBe(true);
    }
    await vi.waitFor(() => expect(jobProcesses()).toEqual([]), 10_000);
  });

  test("a server on several nodes is one server: its nodes meet at the head, and end with it", async () => {
    const campaign = join(folder, "spread");
    const told = join(folder, "told");
    mkdirSync(told);
    const words = "{port} {host} {nodes} {node-rank} {head} {head-port}";
    writeFileSync(
      join(folder, "spread.yaml"),
      `
name: spread
serve-command: exec '${process.execPath}' '${nodeOfServer}' '${told}' '${flexbench}' ${words}
defaults: { model: sim, scenario: server, duration: 500ms, min-queries: 10, percentile: 50, max-tokens: 4, nodes: 2 }
axes: { target-qps: [20, 30] }
executor: { kind: slurm, poll: 500ms }
`,
    );
    const controller = startController("spread.yaml", "--output", campaign);
    expect(await controller.ended, controller.said()).toBe(0);
    const nodes = ["rank-0.json", "rank-1.json"].map((name) =>
      JSON.parse(readFileSync(join(told, name), "utf8")),
    );
    expect(nodes.map(({ node, rank }) => [node, rank])).toEqual(
      cluster.nodes.map((name, index) => [name, String(index)]),
    );
    const [head, other] = nodes;
    expect(head).toMatchObject({ nodes: "2", head: head.host, headPort: expect.stringMatching(/^\d+$/) });
    expect(other).toMatchObject({ nodes: "2", head: head.head, headPort: head.headPort });
    const records = [...recordsOf(campaign).values()].flat();
    expect(records.map((file) => JSON.parse(readFileSync(file, "utf8")).state)).toEqual(["valid", "valid"]);
    await vi.waitFor(() => expect(jobProcesses()).toEqual([]), 10_000);
  });

  test("a server on another node that does not start is not waited for, and its cause is told", async () => {
    const campaign = join(folder, "broken");
    writeFileSync(
      join(folder, "broken.yaml"),
      `
name: broken
serve-command: 'echo "torch.OutOfMemoryError: CUDA out of memory" >&2; exit 3'
defaults: { model: sim, scenario: server, duration: 500ms, min-queries: 10, nodes: 2 }
axes: { target-qps: [20, 30] }
retries: 0
executor: { kind: slurm, client: own-node, poll: 500ms }
`,
    );
    const controller = startController("broken.yaml", "--output", campaign);
    // Each of its two cells may wait for ten minutes.
    expect(await controller.ended, controller.said()).toBe(5);
    const results: { reason: string }[] = JSON.parse(readFileSync(join(campaign, "results.json"), "utf8"));
    expect(results.map(({ reason }) => reason)).toEqual(
      Array(2).fill(expect.stringMatching(/^SERVER_OUT_OF_MEMORY: .*CUDA out of memory/s)),
    );
    await vi.waitFor(() => expect(jobProcesses()).toEqual([]), 10_000);
  });

  test("a cancelled campaign leaves neither job nor process, and may be resumed", async () => {
    const campaign = join(folder, "cancelled");
    writeFileSync(join(folder, "cancelled.yaml"), matrix.replace("[20, 30, 40]", "[20]"));
    const controller = startController("cancelled.yaml", "--output", campaign);
    await vi.waitFor(async () => expect(await runningJobs(), controller.said()).toHaveLength(2), patience);
    const cancelling = startController("cancel", campaign);
    expect(await cancelling.ended, cancelling.said()).toBe(0);
    expect(await controller.ended, controller.said()).toBe(130);
    await vi.waitFor(async () => expect(await cluster.ask("squeue", "--noheader")).toBe(""), patience);
    await vi.waitFor(() => expect(jobProcesses()).toEqual([]), 10_000);
    expect(statesOf(campaign).filter(({ state }) => state === "finished").length).toBeLessThan(4);

    const resumed = startController("resume", campaign);
    expect(await resumed.ended, resumed.said()).toBe(0);
    expect(statesOf(campaign).map(({ state }) => state)).toEqual(Array(4).fill("finished"));
  });

  test("results are put together though nobody watches any more", async () => {
    const campaign = join(folder, "unwatched");
    writeFileSync(
      join(folder, "unwatched.yaml"),
      matrix.replace("[20, 30, 40]", "[20]").replace("[1ms, 2ms, 3ms, 4ms]", "[1ms]"),
    );
    const controller = startController("unwatched.yaml", "--output", campaign);
    const collecting = join(campaign, "jobs", "collecting.txt");
    await vi.waitFor(() => expect(existsSync(collecting), controller.said()).toBe(true), patience);
    controller.child.kill("SIGKILL");
    await controller.ended;
    await vi.waitFor(() => expect(existsSync(join(campaign, "report.html"))).toBe(true), patience);
    expect(JSON.parse(readFileSync(join(campaign, "results.json"), "utf8"))).toMatchObject([
      { state: "finished" },
    ]);
    await vi.waitFor(async () => expect(await cluster.ask("squeue", "--noheader")).toBe(""), patience);
  });
});
