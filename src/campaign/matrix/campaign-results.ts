import type { CampaignFile } from "./campaign-file.ts";
import type { Cell } from "./cell.ts";
import { cellsOf } from "./cells-of-file.ts";
import { type CellResult, cellResults } from "./results.ts";
import { hasEnded, searchSoFar } from "./search-so-far.ts";

/** Cells of a campaign in the order of its file, those that a search made included, and what they came to. */
export interface CampaignResults {
  cells: Cell[];
  results: CellResult[];
}

/** What stands in a campaign's folder so far. Throws UsageError for a file that makes no cells. */
export async function campaignResults(campaign: string, file: CampaignFile): Promise<CampaignResults> {
  const cells = cellsOf(file);
  const { search } = file;
  if (search === null) return { cells, results: await cellResults(campaign, cells) };
  const atOnce = file.executor.parallel ?? Number.POSITIVE_INFINITY;
  const searches = await Promise.all(
    cells.map((cell) => searchSoFar(campaign, cell, search, { atOnce, isOver: hasEnded })),
  );
  return {
    cells: searches.flatMap(({ cells: own }) => own),
    results: searches.flatMap(({ results, best }) =>
      results.map((result) => ({ ...result, best: result.cell === best?.cell })),
    ),
  };
}
