import { type ChildProcess, execFile, spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const execute = promisify(execFile);
const outputKept = 10_000;

export const clusterScript = fileURLToPath(new URL("../../scripts/slurm-cluster.mjs", import.meta.url));

/** A running cluster of `scripts/slurm-cluster.mjs`; it ends with this process, however this process ends. */
export interface SlurmCluster {
  script: ChildProcess;
  slurmConf: string;
  nodes: string[];
  environment: NodeJS.ProcessEnv;
  /** Runs a client such as squeue to its end and answers with its stdout. */
  ask(command: string, ...args: string[]): Promise<string>;
  stop(): Promise<void>;
}

/** What the script prints when the cluster is there. */
interface ClusterLine {
  slurmConf: string;
  nodes: string[];
  environment: Record<string, string>;
}

/** Starts the cluster; throws with the script's own words when it does not come up. */
export async function startCluster(): Promise<SlurmCluster> {
  const script = spawn(process.execPath, [clusterScript], { stdio: ["pipe", "pipe", "pipe"] });
  let said = "";
  script.stderr.setEncoding("utf8").on("data", (text: string) => {
    said = (said + text).slice(-outputKept);
  });
  const ended = new Promise<void>((resolve) => script.once("close", () => resolve()));
  const told = await Promise.race([
    new Promise<string>((resolve) => createInterface(script.stdout).once("line", resolve)),
    ended.then(() => null),
  ]);
  if (told === null) throw new Error(`The Slurm cluster did not start:\n${said}`);
  const { slurmConf, nodes, environment: variables } = JSON.parse(told) as ClusterLine;
  const environment = { ...process.env, ...variables };
  return {
    script,
    slurmConf,
    nodes,
    environment,
    ask: async (command, ...args) => (await execute(command, args, { env: environment })).stdout.trim(),
    stop: async () => {
      script.stdin.end();
      await ended;
    },
  };
}

/** Running processes, this one left out, whose environment holds `variable`: a job hands its own to all that it starts. */
export function processesWith(variable: string): { pid: number; command: string }[] {
  return readdirSync("/proc").flatMap((name) => {
    const pid = Number(name);
    if (!Number.isInteger(pid) || pid === process.pid) return [];
    try {
      if (!readFileSync(`/proc/${name}/environ`, "utf8").split("\0").includes(variable)) return [];
      return [{ pid, command: readFileSync(`/proc/${name}/cmdline`, "utf8").replaceAll("\0", " ").trim() }];
    } catch {
      // It has ended since.
      return [];
    }
  });
}
