import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { writeWhole } from "../../results/write-whole.ts";
import { callProgram } from "./program.ts";

/** File with the numbers of all arrays that a campaign handed over. */
export const arraysFile = (campaign: string): string => join(campaign, "jobs", "arrays.txt");

/** Each task notes its own number in the name of a file: what a job's completion is found by. */
export const jobNoteName = "slurm-job-";

const fields = "JobID,JobName,State,ExitCode,Start,End,Elapsed,MaxRSS,NodeList,AllocTRES";
const fieldsOfCompletion = "JobID,JobName,State,ExitCode,Start,End,Elapsed,NodeList";

/**
 * Writes what Slurm's accounting tells of a campaign's jobs to `jobs/accounting.txt`: all of it where there is a database,
 * else what its log of completed jobs has. Nothing is written where it keeps neither.
 */
export async function writeAccounting(campaign: string): Promise<void> {
  const arrays = (await readFile(arraysFile(campaign), "utf8").catch(() => "")).split("\n").filter(Boolean);
  const told =
    (await sacct(["--jobs", arrays.join(","), `--format=${fields}`], arrays.length)) ??
    (await completed(await notedJobs(campaign)));
  if (told !== null) await writeWhole(join(campaign, "jobs", "accounting.txt"), told);
}

const completed = (jobs: readonly string[]): Promise<string | null> =>
  sacct(["--completion", "--jobs", jobs.join(","), `--format=${fieldsOfCompletion}`], jobs.length);

/** Null where there is no sacct, or one that fails, as it does without accounting. */
async function sacct(words: readonly string[], jobs: number): Promise<string | null> {
  if (jobs === 0) return null;
  const told = await callProgram("sacct", [...words, "--parsable2"], { mustSucceed: false }).catch(
    () => null,
  );
  return told?.code === 0 ? told.stdout : null;
}

async function notedJobs(campaign: string): Promise<string[]> {
  const names: string[] = await readdir(join(campaign, "jobs")).catch(() => []);
  return names.flatMap((name) => (name.startsWith(jobNoteName) ? [name.slice(jobNoteName.length)] : []));
}
