import { type ChildProcess, spawn } from "node:child_process";
import { createWriteStream } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { availableGpus, gpuVariables } from "../../server/choose-gpus.ts";
import { type Device, detectMachine } from "../../server/device-detection.ts";
import type { CampaignJob, Executor, JobLife } from "./executor.ts";
import type { LocalSettings } from "./executor-settings.ts";
import { GpuPool } from "./gpu-pool.ts";
import { ownFlexbench } from "./program.ts";

interface LocalJob {
  job: CampaignJob;
  child: ChildProcess | null;
  life: JobLife;
  /** Those that no other job has meanwhile. */
  gpus: string[];
}

/** What a machine has to divide among its jobs. */
export interface LocalGpus {
  device: Device;
  /** As the machine calls them. */
  ids: readonly string[];
}

const pollNs = 0.2e9;
/** A job ends by itself before, unless it cannot even notice that it should. */
const graceMs = 10_000;

/**
 * Carries out jobs on this machine, so many at once; they end with this process, however it ends. Each job sees GPUs that
 * no other has meanwhile, and waits until enough of them are free.
 */
export function localExecutor(
  campaign: string,
  { parallel }: Pick<LocalSettings, "parallel">,
  gpusHere: () => Promise<LocalGpus> = gpusOfMachine,
): Executor {
  const jobs = new Map<string, LocalJob>();
  let machine: LocalGpus = { device: "cpu", ids: [] };
  let pool: GpuPool | null = null;

  function startNext(): void {
    const running = [...jobs.values()].filter(({ life }) => life === "running").length;
    const next = [...jobs]
      .filter(([, { life }]) => life === "waiting")
      .slice(0, Math.max(0, parallel - running));
    for (const [handle, entry] of next) {
      const taken = pool?.take(entry.job.localGpus ?? 0);
      // In their order: a job that needs many GPUs is not overtaken for ever.
      if (taken === null) return;
      entry.gpus = taken ?? [];
      start(handle, entry);
    }
  }

  function start(handle: string, entry: LocalJob): void {
    const [program = "", ...words] = ownFlexbench;
    const log = createWriteStream(join(campaign, "jobs", `${handle}.log`), { flags: "a" });
    // The end of its standard input tells the job that this process is gone.
    const child = spawn(
      program,
      [...words, "campaign", "work", campaign, "--until-stdin-ends", ...entry.job.cells],
      {
        stdio: ["pipe", "pipe", "pipe"],
        env: {
          ...process.env,
          ...(entry.gpus.length === 0 ? {} : gpuVariables(machine.device, entry.gpus)),
        },
      },
    );
    child.stdout.pipe(log, { end: false });
    child.stderr.pipe(log, { end: false });
    child.stdin.on("error", () => undefined);
    entry.child = child;
    entry.life = "running";
    const ended = () => {
      entry.life = "ended";
      pool?.giveBack(entry.gpus.splice(0));
      log.end();
      startNext();
    };
    child.once("error", ended);
    child.once("close", ended);
  }

  return {
    ...{ kind: "local", outlivesController: false, pollNs },
    submit: async (asked) => {
      await mkdir(join(campaign, "jobs"), { recursive: true });
      if (pool === null) {
        machine = await gpusHere();
        pool = new GpuPool(machine.ids);
      }
      const handles = asked.map((job) => {
        const handle = `local-${process.pid}-${jobs.size + 1}`;
        jobs.set(handle, { job, child: null, life: "waiting", gpus: [] });
        return handle;
      });
      startNext();
      return handles;
    },
    livesOf: async (handles) => new Map(handles.map((handle) => [handle, jobs.get(handle)?.life ?? "ended"])),
    cancel: async (handles) => {
      const ending: Promise<void>[] = [];
      for (const handle of handles) {
        const entry = jobs.get(handle);
        if (entry === undefined || entry.life === "ended") continue;
        if (entry.child === null) entry.life = "ended";
        else ending.push(end(entry.child));
      }
      await Promise.all(ending);
    },
    finish: async () => {},
  };
}

/** GPUs of this machine, or those that a scheduler allots to this process. */
export async function gpusOfMachine(): Promise<LocalGpus> {
  const machine = await detectMachine();
  return { device: machine.device, ids: availableGpus(machine, process.env) ?? [] };
}

async function end(child: ChildProcess): Promise<void> {
  const gone = new Promise<void>((resolve) => child.once("close", () => resolve()));
  child.stdin?.end();
  const impatience = setTimeout(() => child.kill("SIGKILL"), graceMs);
  await gone;
  clearTimeout(impatience);
}
