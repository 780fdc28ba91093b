import type { Cell } from "./cell.ts";
import { type CellResult, cellResults } from "./results.ts";
import { cellsPaidFor, firstRound, nextRound, rank, type SearchRound } from "./search.ts";
import { keeps } from "./search-limits.ts";
import type { SearchSettings } from "./search-settings.ts";

/** The search over one combination of the axes, as its campaign's folder shows it. */
export interface SearchSoFar {
  /** All that were measured or could be now, in the order of their rounds. */
  cells: Cell[];
  results: CellResult[];
  /** Those to be measured now, and the round that they belong to; null when the search is over. */
  open: { round: SearchRound; cells: Cell[] } | null;
  /** Null while it is not over, and where no candidate is VALID within the limits. */
  best: CellResult | null;
}

/** How a search is followed. */
export interface FollowOptions {
  /** How many are measured at once: with a budget of time no more are begun before it is known what these took. */
  atOnce: number;
  /** Whether a cell is not measured again. */
  isOver: (result: CellResult) => boolean;
}

/** Whether a cell came to an end, good or bad. */
export const hasEnded = ({ state }: CellResult): boolean => state === "finished" || state === "failed";

/** Follows a search from its first round on as far as it has been measured: what is measured decides what is next. */
export async function searchSoFar(
  campaign: string,
  combination: Cell,
  settings: SearchSettings,
  { atOnce, isOver }: FollowOptions,
): Promise<SearchSoFar> {
  const cells: Cell[] = [];
  const all: CellResult[] = [];
  const part = "runs" in settings.budget ? Number.POSITIVE_INFINITY : atOnce;
  for (let round = firstRound(combination, settings); ; ) {
    const done: CellResult[] = [];
    for (let most = round.cells.length; done.length < most; ) {
      const asked = round.cells.slice(done.length, Math.min(most, done.length + part));
      const results = await cellResults(campaign, asked);
      cells.push(...asked);
      all.push(...results);
      if (!results.every(isOver)) return { cells, results: all, open: { round, cells: asked }, best: null };
      done.push(...results);
      most = cellsPaidFor(combination, round, done, all, settings);
    }
    const measured = { ...round, cells: round.cells.slice(0, done.length) };
    const next = nextRound(combination, measured, all, settings);
    if (next === null) {
      const best = rank(done, settings).find((result) => keeps(result, settings.limits)) ?? null;
      return { cells, results: all, open: null, best };
    }
    round = next;
  }
}
