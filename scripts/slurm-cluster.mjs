// A real Slurm cluster on this machine, for as long as it is needed: munged, slurmctld and one slurmd a node, all in one
// temporary folder, on ports of their own. Where Slurm is not installed, Debian's packages are unpacked into the cache
// folder (slurm-programs.mjs). Usage:
//   node scripts/slurm-cluster.mjs                     starts it, prints one line of JSON, stops when its stdin ends
//   node scripts/slurm-cluster.mjs COMMAND ARGUMENT…   starts it, runs the command in it, stops, ends with its exit code
// The line holds `environment`: with these variables, sbatch, squeue and the rest speak to this cluster.
import { execFile, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { hostname, tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { provideSlurm } from "./slurm-programs.mjs";

const execute = promisify(execFile);

const nodes = ["flexnode1", "flexnode2"];
// Slurm is told more CPUs than a small machine has: what counts is how jobs are spread, not how fast they run.
const cpusOfNode = 2;
// Slurm counts a GPU by its character device and opens none.
const gpuDevices = ["/dev/null", "/dev/zero"];
const startLimitMs = 30_000;
const stopLimitMs = 10_000;

const folder = mkdtempSync(join(tmpdir(), "slurm-cluster-"));
const slurmConf = join(folder, "slurm.conf");
const variables = { SLURM_CONF: slurmConf };
const environment = { ...process.env, ...variables };
const daemons = [];

/** Ports that are free now, all different: each is held until all are known. */
async function freePorts(count) {
  const servers = await Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise((resolve, reject) => {
          const server = createServer();
          server.once("error", reject);
          server.listen(0, "127.0.0.1", () => resolve(server));
        }),
    ),
  );
  const ports = servers.map((server) => server.address().port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

function writeConfiguration([controllerPort, ...nodePorts], plugins) {
  const user = userInfo().username;
  // Slurm compares this name with the one of the machine, without its domain.
  const host = hostname().split(".")[0];
  for (const name of ["state", "munge", ...nodes.map((node) => join("spool", node))]) {
    mkdirSync(join(folder, name), { recursive: true, mode: 0o755 });
  }
  writeFileSync(join(folder, "munge", "key"), randomBytes(1024), { mode: 0o400 });

  const lines = [
    "ClusterName=flexbench",
    ...(plugins === null ? [] : [`PluginDir=${plugins}`]),
    `SlurmctldHost=${host}(127.0.0.1)`,
    `SlurmctldPort=${controllerPort}`,
    `SlurmUser=${user}`,
    `SlurmdUser=${user}`,
    "AuthType=auth/munge",
    "CredType=cred/munge",
    // Slurm starts a job that was queued again only after its credential has expired: after two minutes, unless told.
    `AuthInfo=socket=${join(folder, "munge", "socket")},cred_expire=5`,
    `StateSaveLocation=${join(folder, "state")}`,
    `SlurmdSpoolDir=${join(folder, "spool", "%n")}`,
    `SlurmctldPidFile=${join(folder, "slurmctld.pid")}`,
    `SlurmdPidFile=${join(folder, "slurmd-%n.pid")}`,
    `SlurmctldLogFile=${join(folder, "slurmctld.log")}`,
    `SlurmdLogFile=${join(folder, "slurmd-%n.log")}`,
    // Neither cgroups nor CPU binding: a container seldom lets anyone set them.
    "ProctrackType=proctrack/linuxproc",
    "TaskPlugin=task/none",
    "JobAcctGatherType=jobacct_gather/none",
    "SelectType=select/cons_tres",
    "SelectTypeParameters=CR_Core",
    "SlurmdParameters=config_overrides",
    "GresTypes=gpu",
    "MpiDefault=none",
    "SwitchType=switch/none",
    "MailProg=/bin/true",
    "AccountingStorageType=accounting_storage/none",
    "JobCompType=jobcomp/filetxt",
    `JobCompLoc=${join(folder, "jobs.txt")}`,
    "JobRequeue=1",
    "ReturnToService=2",
    "KillWait=2",
    "UnkillableStepTimeout=15",
    "SchedulerParameters=sched_interval=2,sched_min_interval=100000,bf_interval=2,batch_sched_delay=0",
    ...nodes.map(
      (node, at) =>
        `NodeName=${node} NodeHostname=${host} NodeAddr=127.0.0.1 Port=${nodePorts[at]} CPUs=${cpusOfNode} RealMemory=2000 Gres=gpu:${gpuDevices.length}`,
    ),
    "PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP",
  ];
  writeFileSync(slurmConf, `${lines.join("\n")}\n`);
  const gpus = gpuDevices.map((device) => `Name=gpu Flags=nvidia_gpu_env File=${device}`);
  writeFileSync(join(folder, "gres.conf"), `${gpus.join("\n")}\n`);
  writeFileSync(join(folder, "cgroup.conf"), "CgroupAutomount=no\n");
}

/** A daemon in the foreground that dies with this process, however this process ends. */
function startDaemon(name, command, args) {
  const child = spawn("setpriv", ["--pdeathsig", "KILL", command, ...args], {
    env: environment,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const daemon = { name, child, said: "" };
  const listen = (text) => {
    daemon.said = `${daemon.said}${text}`.slice(-4000);
  };
  child.stdout.setEncoding("utf8").on("data", listen);
  child.stderr.setEncoding("utf8").on("data", listen);
  daemon.ended = new Promise((resolve) => child.once("close", resolve));
  child.once("error", (error) => listen(error.message));
  daemons.push(daemon);
}

function failureOf(daemon) {
  const last = daemon.said.trim().split("\n").slice(-8).join("\n");
  return new Error(`${daemon.name} ended before the cluster was ready. It said:\n${last}`);
}

async function until(what, ready) {
  const deadline = performance.now() + startLimitMs;
  while (performance.now() < deadline) {
    const dead = daemons.find(({ child }) => child.exitCode !== null || child.signalCode !== null);
    if (dead !== undefined) throw failureOf(dead);
    if (await ready()) return;
    await sleep(100);
  }
  throw new Error(
    `${what} after ${startLimitMs / 1000} s; the daemons said:\n${daemons.map(({ said }) => said).join("\n")}`,
  );
}

async function ask(command, ...args) {
  try {
    return (await execute(command, args, { env: environment, timeout: 5000 })).stdout.trim();
  } catch {
    return undefined;
  }
}

async function start() {
  const slurm = provideSlurm();
  Object.assign(variables, slurm.variables);
  Object.assign(environment, variables);
  writeConfiguration(await freePorts(1 + nodes.length), slurm.plugins);
  const socket = join(folder, "munge", "socket");
  startDaemon("munged", "munged", [
    "--foreground",
    // Its rules on folders are for a service; this folder is ours alone.
    "--force",
    `--key-file=${join(folder, "munge", "key")}`,
    `--socket=${socket}`,
    `--pid-file=${join(folder, "munge", "pid")}`,
    `--seed-file=${join(folder, "munge", "seed")}`,
  ]);
  await until("munged opened no socket", () => existsSync(socket));
  startDaemon("slurmctld", "slurmctld", ["-D", "-f", slurmConf]);
  const steps = slurm.stepProgram === null ? [] : ["-d", slurm.stepProgram];
  for (const node of nodes)
    startDaemon(`slurmd of ${node}`, "slurmd", ["-D", "-f", slurmConf, "-N", node, ...steps]);
  await until("the nodes are not idle", async () => {
    const states = await ask("sinfo", "--noheader", "--Node", "--format=%T");
    return states?.split("\n").filter((state) => state === "idle").length === nodes.length;
  });
}

/** Every process of this cluster, its jobs and their steps included: each carries the cluster's SLURM_CONF. */
function clusterPids() {
  const mark = `SLURM_CONF=${slurmConf}`;
  return readdirSync("/proc").flatMap((name) => {
    const pid = Number(name);
    if (!Number.isInteger(pid) || pid === process.pid) return [];
    try {
      return readFileSync(`/proc/${name}/environ`, "utf8").split("\0").includes(mark) ? [pid] : [];
    } catch {
      return [];
    }
  });
}

function kill(pids, signal) {
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch (error) {
      if (error.code !== "ESRCH") throw error;
    }
  }
}

async function goneWithin(limitMs, count) {
  const deadline = performance.now() + limitMs;
  while ((await count()) > 0) {
    if (performance.now() > deadline) return false;
    await sleep(100);
  }
  return true;
}

async function stop() {
  // Jobs first, while there is a daemon that can end them and their steps.
  const running = daemons.every(({ child }) => child.exitCode === null && child.signalCode === null);
  if (running && daemons.length > 1) {
    await ask("scancel", "--user", userInfo().username);
    await goneWithin(stopLimitMs, async () => ((await ask("squeue", "--noheader")) ?? "").length);
  }
  kill(daemons.flatMap(({ child }) => child.pid ?? []).reverse(), "SIGTERM");
  if (!(await goneWithin(stopLimitMs, () => clusterPids().length))) kill(clusterPids(), "SIGKILL");
  await Promise.all(daemons.map(({ ended }) => ended));
  rmSync(folder, { recursive: true, force: true });
}

/** Resolves with the exit code when the command ends, or when nobody needs the cluster any more. */
function untilNotNeeded([command, ...args]) {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.once(signal, () => resolve(130));
    if (command === undefined) {
      process.stdout.write(
        `${JSON.stringify({ slurmConf, environment: variables, nodes, cpusOfNode, gpusOfNode: gpuDevices.length })}\n`,
      );
      process.stdin.once("end", () => resolve(0)).resume();
      return;
    }
    const child = spawn(command, args, { env: environment, stdio: "inherit" });
    child.once("error", (error) => {
      console.error(error.message);
      resolve(127);
    });
    child.once("close", (code) => resolve(code ?? 1));
  });
}

try {
  await start();
  process.exitCode = await untilNotNeeded(process.argv.slice(2));
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
} finally {
  await stop();
  // A stdin that is still open would keep the process.
  process.stdin.destroy();
}
