import type { Cell } from "./cell.ts";
import { type CellResult, cellResults } from "./results.ts";
import { firstRound, nextRound, rank } from "./search.ts";
import { keeps } from "./search-limits.ts";
import type { SearchSettings } from "./search-settings.ts";

/** The search over one combination of the axes, as its campaign's folder shows it. */
export interface SearchSoFar {
  /** Of all rounds that have begun or could begin, in their order. */
  cells: Cell[];
  results: CellResult[];
  /** Null while it is not over, and where no candidate is VALID within the limits. */
  best: CellResult | null;
}

/** Follows a search from its first round on as far as it has been measured: each round decides the next. */
export async function searchSoFar(
  campaign: string,
  combination: Cell,
  settings: SearchSettings,
): Promise<SearchSoFar> {
  const cells: Cell[] = [];
  const all: CellResult[] = [];
  for (let round = firstRound(combination, settings); ; ) {
    const results = await cellResults(campaign, round.cells);
    cells.push(...round.cells);
    all.push(...results);
    if (!results.every(({ state }) => state === "finished" || state === "failed"))
      return { cells, results: all, best: null };
    const next = nextRound(combination, round, all, settings);
    if (next === null) {
      const best = rank(results, settings).find((result) => keeps(result, settings.limits)) ?? null;
      return { cells, results: all, best };
    }
    round = next;
  }
}
