import { type ChildProcess, spawn } from "node:child_process";
import { createWriteStream } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { CampaignJob, Executor, JobLife } from "./executor.ts";
import type { LocalSettings } from "./executor-settings.ts";
import { ownFlexbench } from "./program.ts";

interface LocalJob {
  job: CampaignJob;
  child: ChildProcess | null;
  life: JobLife;
}

const pollNs = 0.2e9;
/** A job ends by itself before, unless it cannot even notice that it should. */
const graceMs = 10_000;

/** Carries out jobs on this machine, so many at once; they end with this process, however it ends. */
export function localExecutor(campaign: string, { parallel }: Pick<LocalSettings, "parallel">): Executor {
  const jobs = new Map<string, LocalJob>();

  function startNext(): void {
    const running = [...jobs.values()].filter(({ life }) => life === "running").length;
    const next = [...jobs]
      .filter(([, { life }]) => life === "waiting")
      .slice(0, Math.max(0, parallel - running));
    for (const [handle, entry] of next) start(handle, entry);
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
      },
    );
    child.stdout.pipe(log, { end: false });
    child.stderr.pipe(log, { end: false });
    child.stdin.on("error", () => undefined);
    entry.child = child;
    entry.life = "running";
    const ended = () => {
      entry.life = "ended";
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
      const handles = asked.map((job) => {
        const handle = `local-${process.pid}-${jobs.size + 1}`;
        jobs.set(handle, { job, child: null, life: "waiting" });
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

async function end(child: ChildProcess): Promise<void> {
  const gone = new Promise<void>((resolve) => child.once("close", () => resolve()));
  child.stdin?.end();
  const impatience = setTimeout(() => child.kill("SIGKILL"), graceMs);
  await gone;
  clearTimeout(impatience);
}
