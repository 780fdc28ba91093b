import { borderlessTable } from "../campaign/borderless-table.ts";
import type { CampaignFile } from "../campaign/matrix/campaign-file.ts";
import { type Cell, titleOf } from "../campaign/matrix/cell.ts";
import { cellSeconds, type Estimate, estimate } from "../campaign/matrix/estimate.ts";
import { planSearch, type SearchPlan } from "../campaign/matrix/search-plan.ts";
import { shareWords } from "../campaign/matrix/share-words.ts";
import { counted } from "./counted.ts";

/** What a campaign would do, and how long it takes. */
export interface CampaignPlan {
  estimate: Estimate;
  cells: readonly Cell[];
  /** Of each combination; null without a search. */
  searches: { cell: Cell; plan: SearchPlan }[] | null;
}

/** Plans a campaign that was checked. */
export function planCampaign({ executor, search }: CampaignFile, cells: readonly Cell[]): CampaignPlan {
  const told = estimate(cells, executor.parallel);
  if (search === null) return { estimate: told, cells, searches: null };
  const searches = cells.flatMap((cell) => {
    const plan = planSearch(cell, search);
    return "least" in plan ? [] : [{ cell, plan }];
  });
  return { estimate: told, cells, searches };
}

/** The plan for programs. */
export function planAsJson({ estimate: told, cells, searches }: CampaignPlan): object {
  if (searches === null) return { estimate: told, cells };
  return {
    search: searches.map(({ cell, plan: { rounds, ...plan } }) => ({
      ...{ combination: cell.id, labels: cell.labels, ...plan },
      rounds: rounds.map(({ number, share, candidates, seconds }) => ({
        number,
        share,
        candidates,
        seconds,
      })),
    })),
    cells,
  };
}

/** Tables of the cells, and of the rounds of a search. */
export function planTables({ cells, searches }: CampaignPlan, axes: readonly string[]): string {
  const ofCells = borderlessTable(
    ["cell", ...axes, "server", "at least"],
    cells.map((cell) => [
      ...[cell.id, ...axes.map((axis) => cell.labels[axis] ?? "")],
      ...[cell.server?.kind ?? "endpoint", durationWords(cellSeconds(cell))],
    ]),
    axes.length + 2,
  );
  if (searches === null) return ofCells;
  const rows = searches.flatMap(({ cell, plan: { rounds } }) =>
    rounds.map(({ number, share, candidates, seconds }) => [
      ...[titleOf(cell), `${number} of ${rounds.length}`, String(candidates)],
      ...[shareWords(share), durationWords(candidates * seconds)],
    ]),
  );
  const ofRounds = borderlessTable(["search", "round", "settings", "share", "about"], rows, 1);
  return `${ofCells}\n\n${ofRounds}`;
}

/** How long it takes, as a sentence. */
export function planSentence({ estimate: told, searches }: CampaignPlan): string {
  if (searches !== null) {
    const sum = (costs: (plan: SearchPlan) => number) =>
      searches.reduce((before, { plan }) => before + costs(plan), 0);
    const starts = sum(({ rounds }) => rounds.reduce((all, { candidates }) => all + candidates, 0));
    const runs = Number(sum(({ fullRuns }) => fullRuns).toPrecision(3));
    return `${counted(searches.length, "search", "searches")}, ${counted(starts, "server start")}, as long as ${counted(runs, "full run")}: about ${durationWords(sum(({ seconds }) => seconds))} one after the other.`;
  }
  const { cells, runs, serverStarts, seconds, secondsAtOnce } = told;
  const atOnce =
    secondsAtOnce === null || secondsAtOnce === seconds
      ? ""
      : `, ${durationWords(secondsAtOnce)} with what runs at once`;
  return `${counted(cells, "cell")}, ${counted(runs, "run")}, ${counted(serverStarts, "server start")}: at least ${durationWords(seconds)}${atOnce}.`;
}

function durationWords(seconds: number): string {
  if (seconds < 120) return `${Math.ceil(seconds)} s`;
  return seconds < 7200 ? `${Math.ceil(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}
