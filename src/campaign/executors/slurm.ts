import { randomBytes } from "node:crypto";
import { appendFile, mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { EnvironmentError } from "../../errors.ts";
import { writeWhole } from "../../results/write-whole.ts";
import { readCells } from "../matrix/known-cells.ts";
import type { CampaignJob, Executor, JobLife } from "./executor.ts";
import { checkForExecutor } from "./executor-problems.ts";
import { type SlurmSettings, settingsFor } from "./executor-settings.ts";
import { callProgram, ownFlexbench } from "./program.ts";
import { arraysFile, writeAccounting } from "./slurm-accounting.ts";
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
      const wanted = await readCells(
        campaign,
        jobs.flatMap(({ cells }) => cells),
      );
      checkForExecutor(wanted, settings);
      const handles = new Map<CampaignJob, string>();
      for (const array of slurmArrays(campaign, name, jobs, settings, randomName)) {
        const number = await submitArray(campaign, array);
        for (const [task, job] of array.jobs.entries()) handles.set(job, `${number}_${task}`);
      }
      await submitCollecting(campaign, name, [...handles.values()], settings);
      return jobs.map((job) => handles.get(job) ?? "");
    },
    livesOf: lives,
    cancel: async (handles) => {
      if (handles.length > 0) await callProgram("scancel", [...handles], { mustSucceed: false });
      await endCollecting(campaign);
    },
    finish: async () => {
      // Whoever called this collects by itself.
      await endCollecting(campaign);
      await writeAccounting(campaign);
    },
  };
}

/** An array of jobs as files of the campaign: what `sbatch` is given, and the cells of its tasks. */
export interface ArrayFiles {
  jobs: readonly CampaignJob[];
  /** Names within the campaign. */
  script: string;
  list: string;
  scriptText: string;
  listText: string;
}

/** The arrays for some jobs, one for all that need the same; `nameOf` names the files of each. */
export function slurmArrays(
  campaign: string,
  name: string,
  jobs: readonly CampaignJob[],
  settings: SlurmSettings,
  nameOf: (index: number) => string,
): ArrayFiles[] {
  return alikeJobs(jobs).map(({ resources, executor, alike }, index) => {
    const base = `jobs/array-${nameOf(index)}`;
    const list = `${base}.json`;
    const array = { campaign, name, list, tasks: alike.length, resources, flexbench: ownFlexbench };
    return {
      ...{ jobs: alike, script: `${base}.sbatch`, list },
      scriptText: slurmScript(array, settingsFor(settings, executor)),
      listText: JSON.stringify(alike.map(({ cells }) => cells)),
    };
  });
}

/** All that is handed over for some jobs, as text; `ARRAY_1` and so on stand for the numbers that Slurm gives. */
export function renderedArrays(name: string, jobs: readonly CampaignJob[], settings: SlurmSettings): string {
  const campaign = "DIR";
  const arrays = slurmArrays(campaign, name, jobs, settings, (index) => String(index + 1));
  const after = arrays.map((_, index) => `ARRAY_${index + 1}`);
  const collecting = collectingScript({ campaign, name, after, flexbench: ownFlexbench }, settings);
  return [
    ...arrays.flatMap(({ script, scriptText, list, listText }) => [
      [`${campaign}/${list}`, `${listText}\n`],
      [`${campaign}/${script}`, scriptText],
    ]),
    ...(arrays.length === 0 ? [] : [[`${campaign}/jobs/collect.sbatch`, collecting]]),
  ]
    .map(([path, text]) => `==> ${path} <==\n${text}`)
    .join("\n");
}

const randomName = (): string => randomBytes(4).toString("hex");

async function submitArray(campaign: string, array: ArrayFiles): Promise<string> {
  await writeWhole(join(campaign, array.list), array.listText);
  await writeWhole(join(campaign, array.script), array.scriptText);
  const { stdout } = await callProgram("sbatch", ["--parsable", join(campaign, array.script)]);
  const number = /^\d+/.exec(stdout.trim())?.[0];
  if (number === undefined)
    throw new EnvironmentError(
      "CAMPAIGN_PROGRAM",
      `sbatch did not tell the number of the job: ${stdout.trim()}`,
    );
  await appendFile(arraysFile(campaign), `${number}\n`);
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
  const { stdout } = await callProgram("sbatch", ["--parsable", script]);
  await appendFile(collectingFile(campaign), `${/^\d+/.exec(stdout.trim())?.[0] ?? ""}\n`);
}

/** Ends the jobs that would collect, and waits until they are gone: two must not write the results at once. */
async function endCollecting(campaign: string): Promise<void> {
  const file = collectingFile(campaign);
  const numbers = (await readFile(file, "utf8").catch(() => "")).split("\n").filter(Boolean);
  if (numbers.length === 0) return;
  await callProgram("scancel", numbers, { mustSucceed: false });
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

/** Jobs that one array can hold: they need the same, and are handed over in the same way. */
interface AlikeJobs extends Pick<CampaignJob, "resources" | "executor"> {
  alike: CampaignJob[];
}

function alikeJobs(jobs: readonly CampaignJob[]): AlikeJobs[] {
  const arrays = new Map<string, AlikeJobs>();
  for (const job of jobs) {
    const key = JSON.stringify([job.resources, job.executor]);
    const array = arrays.get(key) ?? { resources: job.resources, executor: job.executor, alike: [] };
    array.alike.push(job);
    arrays.set(key, array);
  }
  return [...arrays.values()];
}

async function lives(handles: readonly string[]): Promise<Map<string, JobLife>> {
  const numbers = arraysOf(handles);
  const told = new Map<string, JobLife>(handles.map((handle) => [handle, "ended"]));
  if (numbers.length === 0) return told;
  const words = ["--array", "--noheader", "--states=all", `--jobs=${numbers.join(",")}`, "--format=%i|%T"];
  const { stdout, stderr, code } = await callProgram("squeue", words, { mustSucceed: false });
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
