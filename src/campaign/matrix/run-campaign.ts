import { resolve } from "node:path";
import { readSystemDescription } from "../../openmlperf/read-system.ts";
import type { Executor } from "../executors/executor.ts";
import { checkForExecutor } from "../executors/executor-problems.ts";
import type { ExecutorSettings } from "../executors/executor-settings.ts";
import { kubernetesExecutor } from "../executors/kubernetes.ts";
import { localExecutor } from "../executors/local.ts";
import { slurmExecutor } from "../executors/slurm.ts";
import type { CampaignFile } from "./campaign-file.ts";
import {
  type CampaignHead,
  forgiveFailures,
  markCancelled,
  openCampaign,
  readCampaignHead,
  readOwnFile,
} from "./campaign-state.ts";
import type { Cell } from "./cell.ts";
import { checkCells } from "./cell-config.ts";
import { cellsOf } from "./cells-of-file.ts";
import { type ConductEvent, type ConductOutcome, conduct } from "./conduct.ts";
import { type CampaignContribution, contribute } from "./contribute.ts";
import { knownCells, writeCells } from "./known-cells.ts";
import { type CellResult, cellResults, writeResults } from "./results.ts";
import { firstRound, keeps, nextRound, rank, type SearchRound } from "./search.ts";

/** What a campaign tells while it goes on. */
export type CampaignEvent =
  | ConductEvent
  | { kind: "search-round"; number: number; cells: number; share: number };

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
  checkCells(cells, options.environment);
  checkForExecutor(cells, file.executor);
  const { path, head } = await openCampaign(output, file);
  await markCancelled(path, false);
  return await goOn(path, head, file, cells, options);
}

/** Goes on with the campaign of a folder. */
export async function resumeCampaign(folder: string, options: CampaignOptions): Promise<CampaignOutcome> {
  const head = await readCampaignHead(folder);
  const file = await readOwnFile(folder);
  await markCancelled(folder, false);
  return await goOn(folder, head, file, cellsOf(file), options);
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
  const all: Cell[] = [];
  const best: CellResult[] = [];
  let state: ConductOutcome = "finished";
  // Told before anything is measured, and not after hours.
  if (file.system !== null)
    await readSystemDescription(resolve(head.workingFolder, file.system), "CAMPAIGN_SYSTEM");
  for await (const round of roundsOf(folder, file, cells, options, best)) {
    all.push(...round);
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
  const collected = await collect(folder, head, file, all);
  return { folder, state, ...collected, best: file.search === null ? null : best };
}

/** What was measured of a campaign, put together. */
export type CollectedResults = Pick<CampaignOutcome, "results" | "contribution">;

/** Puts together what was measured so far, by whomever. Throws UsageError when the folder holds no campaign. */
export async function collectCampaign(folder: string): Promise<CollectedResults> {
  const head = await readCampaignHead(folder);
  const file = await readOwnFile(folder);
  // A search makes cells that its file does not name.
  const cells = file.search === null ? cellsOf(file) : await knownCells(folder);
  return collect(folder, head, file, cells);
}

async function collect(
  folder: string,
  { workingFolder }: CampaignHead,
  { system }: CampaignFile,
  cells: readonly Cell[],
): Promise<CollectedResults> {
  const results = await cellResults(folder, cells);
  await writeResults(folder, results);
  return { results, contribution: await contribute(folder, cells, { system, workingFolder }) };
}

/** All cells at once, or the rounds of a search, each known when the one before has been measured. */
async function* roundsOf(
  folder: string,
  { search }: CampaignFile,
  cells: readonly Cell[],
  { onEvent }: CampaignOptions,
  best: CellResult[],
): AsyncGenerator<Cell[]> {
  if (search === null) return yield [...cells];
  let rounds = new Map<Cell, SearchRound>(cells.map((cell) => [cell, firstRound(cell, search)]));
  while (rounds.size > 0) {
    const all = [...rounds.values()];
    const [first] = all;
    const asked = all.flatMap(({ cells: own }) => own);
    onEvent({
      kind: "search-round",
      number: first?.number ?? 1,
      cells: asked.length,
      share: first?.share ?? 1,
    });
    yield asked;
    const next = new Map<Cell, SearchRound>();
    for (const [cell, round] of rounds) {
      const results = await cellResults(folder, round.cells);
      const following = nextRound(cell, round, results, search);
      if (following !== null) next.set(cell, following);
      else
        best.push(
          ...rank(results, search)
            .filter((result) => keeps(result, search.limits))
            .slice(0, 1),
        );
    }
    rounds = next;
  }
}
