import { type Problem, UsageError } from "../../errors.ts";
import { gpusOfMachine, type LocalGpus } from "../executors/local.ts";
import { planSweep } from "../plan-sweep.ts";
import type { CampaignFile } from "./campaign-file.ts";
import { type Cell, titleOf } from "./cell.ts";
import { cellConfig, type Environment, sweepSettingsOf } from "./cell-config.ts";
import { gpusTaken } from "./cell-server-settings.ts";
import { sameSearches, searchProblems } from "./check-search.ts";
import { serverProblems } from "./check-server.ts";
import { candidateCell, firstRound } from "./search.ts";
import { telltaleCandidates } from "./search-space.ts";

/** Stands for the address of a server that is not started yet. */
const laterEndpoint = "http://127.0.0.1:1";

/**
 * Throws UsageError with every problem of every cell and of every candidate of a search, each told once, with the first
 * cell that has it: what is wrong with runs, with servers, and with the search.
 */
export function checkCampaign(file: CampaignFile, cells: readonly Cell[], environment: Environment): void {
  const found = new Map<string, Problem>();
  for (const cell of cells) {
    for (const { where, message } of problemsOf(file, cell, environment)) {
      const key = `${where}: ${message}`;
      if (!found.has(key)) found.set(key, { where: `cell ${titleOf(cell)}: ${where}`, message });
    }
  }
  const same = file.search === null ? [] : sameSearches(cells, file.search);
  const problems = [...found.values(), ...same];
  if (problems.length > 0) throw invalid(problems);
}

/** Throws UsageError where this machine, which is to start the servers, has fewer GPUs than a cell asks for. */
export async function checkLocalGpus(
  { executor }: Pick<CampaignFile, "executor">,
  cells: readonly Cell[],
  gpusHere: () => Promise<LocalGpus> = gpusOfMachine,
): Promise<void> {
  const asking = cells.filter((cell) => cell.resources.gpus > 0 && gpusTaken(cell) !== 0);
  if (executor.kind !== "local" || asking.length === 0) return;
  const { ids } = await gpusHere();
  const problems = asking
    .filter(({ resources }) => resources.gpus > ids.length)
    .map((cell) => ({
      where: `cell ${titleOf(cell)}: gpus`,
      message: `asks for ${cell.resources.gpus}, and this machine has ${ids.length}`,
    }));
  if (problems.length > 0) throw invalid(problems);
}

function problemsOf(file: CampaignFile, cell: Cell, environment: Environment): Problem[] {
  const { executor, search } = file;
  const ofRun = runProblems(cell, environment);
  if (search === null) return [...ofRun, ...serverProblems(cell, executor)];
  const tried = telltaleCandidates(search.space).map((candidate) => candidateCell(cell, candidate, null));
  const ofServers = tried.flatMap((candidate) => serverProblems(candidate, executor));
  if (ofRun.length > 0) return [...ofRun, ...ofServers];
  const ofSearch = searchProblems(cell, search);
  if (ofSearch.length > 0 || ofServers.length > 0) return [...ofSearch, ...ofServers];
  const first = firstRound(cell, search).cells;
  return first.flatMap((candidate) => [
    ...runProblems(candidate, environment),
    ...serverProblems(candidate, executor),
  ]);
}

function runProblems(cell: Cell, environment: Environment): Problem[] {
  try {
    const endpoint = cell.server === null ? null : laterEndpoint;
    const config = cellConfig(cell, { endpoint, seed: 0, output: null }, environment);
    const sweepSettings = sweepSettingsOf(cell.measure);
    if (sweepSettings !== null) planSweep(config, sweepSettings);
    return [];
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return [...error.problems];
  }
}

function invalid(problems: readonly Problem[]): UsageError {
  return new UsageError("CAMPAIGN_INVALID", problems, {
    hint: "`flexbench run --help` lists every option of a run, `flexbench serve KIND --help` every setting of a server.",
  });
}
