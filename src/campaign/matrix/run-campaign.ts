import { resolve } from "node:path";
import { readSystemDescription } from "../../openmlperf/read-system.ts";
import type { Executor } from "../executors/executor.ts";
import { checkForExecutor } from "../executors/executor-problems.ts";
import type { ExecutorSettings } from "../executors/executor-settings.ts";
import { kubernetesExecutor } from "../executors/kubernetes.ts";
import { localExecutor } from "../executors/local.ts";
import { slurmExecutor } from "../executors/slurm.ts";
import type { CampaignFile } from "./campaign-file.ts";
import { campaignResults } from "./campaign-results.ts";
import {
  type CampaignHead,
  forgiveFailures,
  markCancelled,
  openCampaign,
  readCampaignHead,
  readOwnFile,
} from "./campaign-state.ts";
import type { Cell } from "./cell.ts";
import { cellsOf } from "./cells-of-file.ts";
import { checkCampaign, checkLocalGpus } from "./check-campaign.ts";
import { type ConductEvent, type ConductOutcome, conduct } from "./conduct.ts";
import { type CampaignContribution, contribute } from "./contribute.ts";
import { writeCells } from "./known-cells.ts";
import { writeResults } from "./result-table.ts";
import type { CellResult } from "./results.ts";
import type { SearchRound } from "./search.ts";
import { searchSoFar } from "./search-so-far.ts";

/** What a campaign tells while it goes on. */
export type CampaignEvent =
  | ConductEvent
  | { kind: "search-round"; number: number; of: number; cells: number; share: number };

/** How a campaign is carried out and watched. */
export interface CampaignOptions {
  environment: Readonly<Record<string, string | undefined>>;
  signal: AbortSignal;
  onEvent: (event: CampaignEvent) => void;
}

/** A campaign, whole or so far. */
export interface CampaignOutcome {
  /** Absolute. */
  folder: string;
  state: ConductOutcome;
  results: CellResult[];
  /** Of a search the best result of each combination, where one is VALID and keeps the limits; null without a search. */
  best: CellResult[] | null;
  contribution: CampaignContribution;
}

/** Begins a campaign, or goes on with the one in its folder: what is finished is never measured again. */
export async function runCampaign(
  file: CampaignFile,
  output: string | null,
  options: CampaignOptions,
): Promise<CampaignOutcome> {
  const cells = cellsOf(file);
  checkCampaign(file, cells, options.environment);
  checkForExecutor(cells, file.executor);
  await checkLocalGpus(file, cells);
  const { path, head } = await openCampaign(output, file);
  await markCancelled(path, false);
  return await goOn(path, head, file, cells, options);
}

/** Goes on with the campaign of a folder; its file is checked as at its beginning. */
export async function resumeCampaign(folder: string, options: CampaignOptions): Promise<CampaignOutcome> {
  const head = await readCampaignHead(folder);
  const file = await readOwnFile(folder);
  const cells = cellsOf(file);
  checkCampaign(file, cells, options.environment);
  await checkLocalGpus(file, cells);
  await markCancelled(folder, false);
  return await goOn(folder, head, file, cells, options);
}

/** Who carries out the jobs of a campaign. */
export function executorOf(
  campaign: string,
  name: string,
  cells: readonly Cell[],
  settings: ExecutorSettings,
): Executor {
  switch (settings.kind) {
    case "local":
      return localExecutor(campaign, settings);
    case "slurm":
      return slurmExecutor(campaign, name, settings);
    case "kubernetes":
      return kubernetesExecutor(campaign, name, cells, settings);
  }
}

async function goOn(
  folder: string,
  head: CampaignHead,
  file: CampaignFile,
  cells: readonly Cell[],
  options: CampaignOptions,
): Promise<CampaignOutcome> {
  const mostAttempts = 1 + file.retries;
  let state: ConductOutcome = "finished";
  // Told before anything is measured, and not after hours.
  if (file.system !== null)
    await readSystemDescription(resolve(head.workingFolder, file.system), "CAMPAIGN_SYSTEM");
  for await (const round of roundsOf(folder, file, cells, options)) {
    await writeCells(folder, round);
    await forgiveFailures(folder, round);
    const executor = executorOf(folder, file.name, round, file.executor);
    const { signal, onEvent } = options;
    const outcome = await conduct(folder, round, { executor, mostAttempts, signal, onEvent });
    if (outcome === "failed") state = "failed";
    if (outcome === "cancelled" || outcome === "interrupted") {
      state = outcome;
      break;
    }
  }
  return { folder, state, ...(await collect(folder, head, file)) };
}

/** What was measured of a campaign, put together. */
export type CollectedResults = Pick<CampaignOutcome, "results" | "best" | "contribution">;

/** Puts together what was measured so far, by whomever. Throws UsageError when the folder holds no campaign. */
export async function collectCampaign(folder: string): Promise<CollectedResults> {
  const head = await readCampaignHead(folder);
  const file = await readOwnFile(folder);
  return collect(folder, head, file);
}

async function collect(
  folder: string,
  { workingFolder }: CampaignHead,
  file: CampaignFile,
): Promise<CollectedResults> {
  const { cells, results } = await campaignResults(folder, file);
  await writeResults(folder, results);
  return {
    results,
    best: file.search === null ? null : results.filter(({ best }) => best),
    contribution: await contribute(folder, cells, { system: file.system, workingFolder }),
  };
}

/** All cells at once, or those of a search as they are known: what was measured decides what is next. */
async function* roundsOf(
  folder: string,
  { search, executor }: CampaignFile,
  cells: readonly Cell[],
  { onEvent }: CampaignOptions,
): AsyncGenerator<Cell[]> {
  if (search === null) return yield [...cells];
  const asked = new Set<string>();
  const told = new Set<string>();
  for (;;) {
    // What failed before is tried again, and once: it is asked for by this process alone.
    const isOver = ({ cell, state }: CellResult) => state === "finished" || asked.has(cell);
    const atOnce = executor.parallel ?? Number.POSITIVE_INFINITY;
    const searches = await Promise.all(
      cells.map((cell) => searchSoFar(folder, cell, search, { atOnce, isOver })),
    );
    const open = searches.flatMap((one) => one.open ?? []);
    if (open.length === 0) return;
    for (const event of roundEvents(open.map(({ round }) => round))) {
      if (!told.has(JSON.stringify(event))) onEvent(event);
      told.add(JSON.stringify(event));
    }
    const now = open.flatMap(({ cells: own }) => own);
    for (const { id } of now) asked.add(id);
    yield now;
  }
}

/** Combinations may have other numbers of rounds: those that are at the same one are told together. */
function roundEvents(rounds: readonly SearchRound[]): CampaignEvent[] {
  const alike = new Map<string, { number: number; of: number; share: number; cells: number }>();
  for (const { number, of, share, cells } of rounds) {
    const key = `${number} of ${of}: ${share}`;
    alike.set(key, { number, of, share, cells: (alike.get(key)?.cells ?? 0) + cells.length });
  }
  return [...alike.values()].map((round) => ({ kind: "search-round", ...round }));
}
