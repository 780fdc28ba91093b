import { spawn } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { clusterScript, processesWith, type SlurmCluster, startCluster } from "./cluster.ts";

let folder: string;
let cluster: SlurmCluster;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "slurm-jobs-"));
  cluster = await startCluster();
});

afterAll(async () => {
  await cluster?.stop();
  rmSync(folder, { recursive: true, force: true });
});

function clusterRuns(args: readonly string[], environment: NodeJS.ProcessEnv = process.env) {
  const child = spawn(process.execPath, [clusterScript, ...args], { env: environment });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
  }
  return new Promise<{ code: number | null; output: string }>((resolve) =>
    child.once("close", (code) => resolve({ code, output })),
  );
}

describe("a Slurm cluster of Debian's packages", () => {
  test("runs a job array on both nodes, a GPU to each task", async () => {
    const script = join(folder, "array.sh");
    writeFileSync(
      script,
      "#!/bin/sh\necho $SLURM_ARRAY_TASK_ID $SLURMD_NODENAME $CUDA_VISIBLE_DEVICES\nsrun -n1 sleep 1\n",
    );
    await cluster.ask(
      "sbatch",
      "--array=0-3",
      "--gres=gpu:1",
      `--output=${join(folder, "task-%a.txt")}`,
      script,
    );
    await vi.waitFor(async () => expect(await cluster.ask("squeue", "--noheader")).toBe(""), {
      timeout: 30_000,
      interval: 200,
    });
    const said = [0, 1, 2, 3].map((task) => readFileSync(join(folder, `task-${task}.txt`), "utf8").trim());
    expect(said.map((line) => line.split(" ")[0])).toEqual(["0", "1", "2", "3"]);
    const places = said.map((line) => line.split(" ").slice(1).join(" "));
    expect(new Set(places)).toEqual(new Set(cluster.nodes.flatMap((node) => [`${node} 0`, `${node} 1`])));
  });

  test("gives one step to two nodes", async () => {
    const said = await cluster.ask("srun", "--nodes=2", "sh", "-c", "echo $SLURMD_NODENAME $SLURM_NODEID");
    expect(said.split("\n").sort()).toEqual(cluster.nodes.map((node, at) => `${node} ${at}`));
  });

  test("ends with the command's code, and leaves neither process nor folder, its jobs included", async () => {
    const { code, output } = await clusterRuns([
      "sh",
      "-c",
      `echo "$SLURM_CONF"
       sbatch --output=/dev/null --wrap="sleep 600"
       for try in $(seq 100); do squeue --noheader --format=%T | grep RUNNING && exit 7; sleep 0.1; done`,
    ]);
    const [slurmConf = "", , state] = output.trim().split("\n");
    expect({ code, state }).toEqual({ code: 7, state: "RUNNING" });
    expect(processesWith(`SLURM_CONF=${slurmConf}`)).toEqual([]);
    expect(existsSync(dirname(slurmConf))).toBe(false);
  });

  test("has daemons that die with its script, however that ends", async () => {
    const doomed = await startCluster();
    doomed.script.kill("SIGKILL");
    await vi.waitFor(() => expect(processesWith(`SLURM_CONF=${doomed.slurmConf}`)).toEqual([]), 10_000);
    rmSync(dirname(doomed.slurmConf), { recursive: true });
  });

  test("says what to install where it cannot", async () => {
    const programs = join(folder, "programs");
    mkdirSync(programs);
    const before = readdirSync(tmpdir()).filter((name) => name.startsWith("slurm-cluster-")).length;
    symlinkSync("/usr/bin/setpriv", join(programs, "setpriv"));
    const { code, output } = await clusterRuns(["true"], { PATH: programs, FLEXBENCH_CACHE: programs });
    expect(code).toBe(1);
    expect(output).toContain("Install it as root: apt-get install ");
    expect(output).toContain("slurm-client");
    expect(readdirSync(tmpdir()).filter((name) => name.startsWith("slurm-cluster-"))).toHaveLength(before);
  });
});
