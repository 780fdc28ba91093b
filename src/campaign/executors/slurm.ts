import { randomBytes } from "node:crypto";
import { appendFile, mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { EnvironmentError } from "../../errors.ts";
import { writeWhole } from "../../results/write-whole.ts";
import type { CampaignJob, Executor, JobLife } from "./executor.ts";
import { type SlurmSettings, settingsFor } from "./executor-settings.ts";
import { ownFlexbench, runProgram } from "./program.ts";
import { collectingScript, slurmScript } from "./slurm-script.ts";

/** States of squeue in which a job may still do something. */
const running = ["RUNNING", "COMPLETING", "STOPPED", "SUSPENDED", "STAGE_OUT", "SIGNALING"];
const waiting = [
  "PENDING",
  "CONFIGURING",
  "REQUEUED",
  "REQUEUE_HOLD",
  "REQUEUE_FED",
  "RESIZING",
  "SPECIAL_EXIT",
];

/** Carries out jobs as arrays of Slurm; the campaign's folder must be the same path on all nodes. */
export function slurmExecutor(campaign: string, name: string, settings: SlurmSettings): Executor {
  return {
    ...{ kind: "slurm", outlivesController: true, pollNs: settings.pollNs },
    submit: async (jobs) => {
      await mkdir(join(campaign, "jobs"), { recursive: true });
      const handles = new Map<CampaignJob, string>();
      for (const alike of byResources(jobs)) {
        const number = await submitArray(campaign, name, alike, settings);
        for (const [task, job] of alike.entries()) handles.set(job, `${number}_${task}`);
      }
      await submitCollecting(campaign, name, [...handles.values()], settings);
      return jobs.map((job) => handles.get(job) ?? "");
    },
    livesOf: lives,
    cancel: async (handles) => {
      if (handles.length > 0) await runProgram("scancel", [...handles], { mustSucceed: false });
      await endCollecting(campaign);
    },
    finish: async (handles) => {
      // Whoever called this collects by itself.
      await endCollecting(campaign);
      const numbers = arraysOf(handles);
      if (numbers.length === 0) return;
      const format = "JobID,JobName,State,ExitCode,Start,End,Elapsed,MaxRSS,NodeList,AllocTRES";
      const words = ["--jobs", numbers.join(","), "--parsable2", `--format=${format}`];
      // A cluster without accounting has no sacct, or one that fails.
      const told = await runProgram("sacct", words, { mustSucceed: false }).catch(() => null);
      if (told?.code === 0) await writeWhole(join(campaign, "jobs", "accounting.txt"), told.stdout);
    },
  };
}

async function submitArray(
  campaign: string,
  name: string,
  jobs: readonly CampaignJob[],
  settings: SlurmSettings,
): Promise<string> {
  const base = join("jobs", `array-${randomBytes(4).toString("hex")}`);
  const list = `${base}.json`;
  await writeWhole(join(campaign, list), JSON.stringify(jobs.map(({ cells }) => cells)));
  const [first] = jobs;
  if (first === undefined) throw new Error("an array has a job");
  const { resources } = first;
  const script = slurmScript(
    { campaign, name, list, tasks: jobs.length, resources, flexbench: ownFlexbench },
    settingsFor(settings, first.executor),
  );
  await writeWhole(join(campaign, `${base}.sbatch`), script);
  const { stdout } = await runProgram("sbatch", ["--parsable", join(campaign, `${base}.sbatch`)]);
  const number = /^\d+/.exec(stdout.trim())?.[0];
  if (number === undefined)
    throw new EnvironmentError(
      "CAMPAIGN_PROGRAM",
      `sbatch did not tell the number of the job: ${stdout.trim()}`,
    );
  return number;
}

const collectingFile = (campaign: string): string => join(campaign, "jobs", "collecting.txt");
const longestWaitMs = 10_000;

/** A job that waits for all others, however they end, and puts the results together: nobody needs to watch. */
async function submitCollecting(
  campaign: string,
  name: string,
  handles: readonly string[],
  settings: SlurmSettings,
): Promise<void> {
  const after = arraysOf(handles);
  if (after.length === 0) return;
  const script = join(campaign, "jobs", `collect-${after.join("-")}.sbatch`);
  await writeWhole(script, collectingScript({ campaign, name, after, flexbench: ownFlexbench }, settings));
  const { stdout } = await runProgram("sbatch", ["--parsable", script]);
  await appendFile(collectingFile(campaign), `${/^\d+/.exec(stdout.trim())?.[0] ?? ""}\n`);
}

/** Ends the jobs that would collect, and waits until they are gone: two must not write the results at once. */
async function endCollecting(campaign: string): Promise<void> {
  const file = collectingFile(campaign);
  const numbers = (await readFile(file, "utf8").catch(() => "")).split("\n").filter(Boolean);
  if (numbers.length === 0) return;
  await runProgram("scancel", numbers, { mustSucceed: false });
  for (let waitedMs = 0; waitedMs < longestWaitMs; waitedMs += 250) {
    const left = await lives(numbers);
    if ([...left.values()].every((life) => life === "ended")) break;
    await sleep(250);
  }
  await rm(file, { force: true });
}

/** Numbers of the arrays that tasks belong to. */
function arraysOf(handles: readonly string[]): string[] {
  return [...new Set(handles.map((handle) => handle.split("_")[0] ?? handle))];
}

function byResources(jobs: readonly CampaignJob[]): CampaignJob[][] {
  const arrays = new Map<string, CampaignJob[]>();
  for (const job of jobs) {
    const key = JSON.stringify([job.resources, job.executor]);
    arrays.set(key, [...(arrays.get(key) ?? []), job]);
  }
  return [...arrays.values()];
}

async function lives(handles: readonly string[]): Promise<Map<string, JobLife>> {
  const numbers = arraysOf(handles);
  const told = new Map<string, JobLife>(handles.map((handle) => [handle, "ended"]));
  if (numbers.length === 0) return told;
  const words = ["--array", "--noheader", "--states=all", `--jobs=${numbers.join(",")}`, "--format=%i|%T"];
  const { stdout, stderr, code } = await runProgram("squeue", words, { mustSucceed: false });
  // Jobs that ended long ago are forgotten; a controller that does not answer has forgotten nothing.
  if (code !== 0 && !/Invalid job id/i.test(stderr))
    return new Map(handles.map((handle) => [handle, "running"]));
  for (const line of stdout.split("\n")) {
    const [handle = "", state = ""] = line.trim().split("|");
    if (told.has(handle))
      told.set(handle, running.includes(state) ? "running" : waiting.includes(state) ? "waiting" : "ended");
  }
  return told;
}
