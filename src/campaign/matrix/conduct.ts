import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { writeWhole } from "../../results/write-whole.ts";
import type { CampaignJob, Executor } from "../executors/executor.ts";
import {
  type CellStanding,
  cellFolderOf,
  isCancelled,
  readCellState,
  standings,
  writeCellState,
} from "./campaign-state.ts";
import type { Cell } from "./cell.ts";
import { gpusTaken } from "./cell-server-settings.ts";
import { groupsOf } from "./cells-of-file.ts";
import { HolderWatch, lifeOf } from "./claims.ts";

/** What conducting a campaign tells. */
export type ConductEvent =
  | { kind: "submitted"; jobs: number; cells: number; again: boolean }
  | { kind: "cell-changed"; standing: CellStanding; finished: number; of: number };

/** How a campaign is conducted. */
export interface ConductOptions {
  executor: Executor;
  /** Attempts at a cell that fails. */
  mostAttempts: number;
  signal: AbortSignal;
  onEvent: (event: ConductEvent) => void;
}

/** How a campaign ended for now. */
export type ConductOutcome = "finished" | "failed" | "cancelled" | "interrupted";

interface JobEntry {
  handle: string;
  cells: string[];
}

/** A cell whose jobs are killed over and over is given up. */
const mostKilled = 3;
const jobsSchema = z.array(z.object({ handle: z.string(), cells: z.array(z.string()) }));

/**
 * Sees to it that all cells are carried out: hands jobs to the executor, watches them, and hands over again what failed or
 * was killed. What it knows stands in the campaign's folder, so that it may be killed and called again; jobs that live on
 * meanwhile are found again.
 */
export async function conduct(
  campaign: string,
  cells: readonly Cell[],
  { executor, mostAttempts, signal, onEvent }: ConductOptions,
): Promise<ConductOutcome> {
  let jobs = await readJobs(campaign);
  const seen = new Map<string, string>();
  const all: string[] = [];
  const watch = new HolderWatch();
  const before = new Map((await standings(campaign, cells)).map(({ cell, attempts }) => [cell.id, attempts]));
  for (let round = 0; ; round += 1) {
    const lives = await executor.livesOf(jobs.map(({ handle }) => handle));
    const ended = jobs.filter(({ handle }) => lives.get(handle) === "ended");
    await giveUpLost(campaign, cells, ended);
    jobs = jobs.filter((job) => !ended.includes(job));
    const taken = new Set(jobs.flatMap(({ cells: ids }) => ids));
    await giveUpSilent(
      campaign,
      cells.filter(({ id }) => !taken.has(id)),
      watch,
    );
    all.push(...ended.map(({ handle }) => handle));
    const now = await standings(campaign, cells);
    tell(now, seen, onEvent);
    if (await isCancelled(campaign)) {
      await executor.cancel(jobs.map(({ handle }) => handle));
      await executor.finish([...all, ...jobs.map(({ handle }) => handle)]);
      await writeJobs(campaign, []);
      return "cancelled";
    }
    if (signal.aborted) {
      if (executor.outlivesController) return "interrupted";
      await executor.cancel(jobs.map(({ handle }) => handle));
      await writeJobs(campaign, []);
      return "interrupted";
    }
    const open = now.filter(
      (standing) =>
        !taken.has(standing.cell.id) && isOpen(standing, before.get(standing.cell.id) ?? 0, mostAttempts),
    );
    if (open.length > 0) {
      const wanted = jobsFor(open.map(({ cell }) => cell));
      const handles = await executor.submit(wanted);
      jobs = [
        ...jobs,
        ...wanted.map(({ cells: ids }, index) => ({ handle: handles[index] ?? "", cells: ids })),
      ];
      onEvent({ kind: "submitted", jobs: wanted.length, cells: open.length, again: round > 0 });
    }
    await writeJobs(campaign, jobs);
    if (jobs.length === 0 && now.every(({ state }) => state !== "running")) {
      await executor.finish(all);
      const after = await standings(campaign, cells);
      return after.every(({ state }) => state === "finished") ? "finished" : "failed";
    }
    await sleep(executor.pollNs / 1e6, undefined, { signal }).catch(() => undefined);
  }
}

/** Ends the jobs of a campaign that another process may conduct; that one notices. */
export async function cancelJobs(campaign: string, executor: Executor): Promise<number> {
  const jobs = await readJobs(campaign);
  await executor.cancel(jobs.map(({ handle }) => handle));
  return jobs.length;
}

function isOpen({ state, attempts, failures }: CellStanding, before: number, mostAttempts: number): boolean {
  if (state === "pending") return true;
  if (state === "failed") return failures < mostAttempts;
  return state === "interrupted" && attempts - before < mostAttempts + mostKilled;
}

/** One job for each server. */
export function jobsFor(cells: readonly Cell[]): CampaignJob[] {
  return [...groupsOf(cells).values()].map((group) => ({
    cells: group.map(({ id }) => id),
    resources: group[0]?.resources ?? { gpus: 0, nodes: 1, cpus: null, memory: null },
    executor: group[0]?.executor ?? {},
    localGpus: group[0] === undefined ? 0 : gpusTaken(group[0]),
  }));
}

/** A cell whose holder cannot be seen from here is lost once its job has ended. */
async function giveUpLost(
  campaign: string,
  cells: readonly Cell[],
  ended: readonly JobEntry[],
): Promise<void> {
  const ids = new Set(ended.flatMap(({ cells: own }) => own));
  for (const standing of await standings(
    campaign,
    cells.filter(({ id }) => ids.has(id)),
  ))
    if (isOutOfSight(standing)) await giveUp(campaign, standing, "Its job ended.");
}

/** Cells of no job that is known here, whose holders on other machines are silent: those were killed. */
async function giveUpSilent(campaign: string, cells: readonly Cell[], watch: HolderWatch): Promise<void> {
  for (const standing of await standings(campaign, cells)) {
    const { cell, attempts } = standing;
    if (isOutOfSight(standing) && (await watch.isSilent(cellFolderOf(campaign, cell.id), attempts)))
      await giveUp(campaign, standing, "Its holder on another machine was silent.");
  }
}

function isOutOfSight({ state, holder }: CellStanding): boolean {
  return state === "running" && holder !== null && lifeOf(holder) === null;
}

async function giveUp(campaign: string, standing: CellStanding, reason: string): Promise<void> {
  const { cell, attempts, failures } = standing;
  const folder = cellFolderOf(campaign, cell.id);
  const { runs = [], serverLog = null, seconds = 0 } = (await readCellState(folder)) ?? {};
  const known = { runs, failures, serverLog, seconds };
  await writeCellState(folder, { state: "interrupted", attempt: attempts, reason, ...known });
}

function tell(
  now: readonly CellStanding[],
  seen: Map<string, string>,
  onEvent: ConductOptions["onEvent"],
): void {
  const finished = now.filter(({ state }) => state === "finished").length;
  for (const standing of now) {
    const words = `${standing.state} ${standing.attempts}`;
    const before = seen.get(standing.cell.id);
    seen.set(standing.cell.id, words);
    if (before !== words && !(before === undefined && standing.state === "pending"))
      onEvent({ kind: "cell-changed", standing, finished, of: now.length });
  }
}

const jobsFile = (campaign: string): string => join(campaign, "jobs", "jobs.json");

async function readJobs(campaign: string): Promise<JobEntry[]> {
  const text = await readFile(jobsFile(campaign), "utf8").catch(() => "[]");
  return jobsSchema.parse(JSON.parse(text));
}

async function writeJobs(campaign: string, jobs: readonly JobEntry[]): Promise<void> {
  await writeWhole(jobsFile(campaign), `${JSON.stringify(jobs)}\n`);
}
