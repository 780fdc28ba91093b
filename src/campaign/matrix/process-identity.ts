import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";

/** A process, so that others can tell whether it still runs. */
export interface ProcessIdentity {
  /** The boot of its machine and its space of process numbers; null where that is not known. */
  machine: string | null;
  host: string;
  pid: number;
  /** When it started, in ticks since the boot: process numbers come again. Null where that is not known. */
  startTicks: number | null;
  /** Job of Slurm, with its task of an array, or pod of Kubernetes; null for neither. */
  job: string | null;
  /** How often Slurm queued that job again. */
  restart: number;
}

/** This process. */
export function processIdentity(): ProcessIdentity {
  const { SLURM_JOB_ID, SLURM_RESTART_COUNT, FLEXBENCH_POD } = process.env;
  return {
    machine: machine(),
    host: hostname(),
    pid: process.pid,
    startTicks: startTicksOf(process.pid),
    job: SLURM_JOB_ID ?? FLEXBENCH_POD ?? null,
    restart: Number(SLURM_RESTART_COUNT ?? 0),
  };
}

/** Whether a process runs; null where that cannot be seen from here. */
export function isAlive({ machine: where, pid, startTicks, job, restart }: ProcessIdentity): boolean | null {
  const own = processIdentity();
  // The same job, queued again, starts only after its earlier attempt has ended.
  if (job !== null && job === own.job && restart < own.restart) return false;
  if (where === null || where !== own.machine) return null;
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it runs, and is somebody else's.
    if (!(error instanceof Error && "code" in error && error.code === "EPERM")) return false;
  }
  return startTicks === null || startTicksOf(pid) === startTicks;
}

function machine(): string | null {
  try {
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    return `${boot} ${readlinkSync("/proc/self/ns/pid")}`;
  } catch {
    return process.platform === "linux" ? null : hostname();
  }
}

function startTicksOf(pid: number): number | null {
  try {
    // The name in parentheses may hold blanks; the start is the 20th field after it.
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const ticks = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19]);
    return Number.isFinite(ticks) ? ticks : null;
  } catch {
    return null;
  }
}
