import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { UsageError } from "../../errors.ts";
import { writeWhole } from "../../results/write-whole.ts";
import { campaignFiles, cellFolderOf } from "./campaign-state.ts";
import type { Cell } from "./cell.ts";

const cellFile = "cell.json";

/** Puts cells where jobs find them: a search makes cells that the campaign's file does not name. */
export async function writeCells(campaign: string, cells: readonly Cell[]): Promise<void> {
  for (const cell of cells) {
    const path = join(cellFolderOf(campaign, cell.id), cellFile);
    const text = `${JSON.stringify(cell)}\n`;
    // A folder that other machines see is left alone where nothing changed.
    if (existsSync(path) && (await readFile(path, "utf8")) === text) continue;
    await writeWhole(path, text);
  }
}

/** Cells by their identifiers. Throws UsageError `CAMPAIGN_CELL` for one that is not there. */
export async function readCells(campaign: string, ids: readonly string[]): Promise<Cell[]> {
  return Promise.all(
    ids.map(async (id) => {
      try {
        return JSON.parse(await readFile(join(cellFolderOf(campaign, id), cellFile), "utf8")) as Cell;
      } catch (cause) {
        throw new UsageError("CAMPAIGN_CELL", [{ where: id, message: `is no cell of ${campaign}` }], {
          cause,
        });
      }
    }),
  );
}

/** All cells that a campaign has handed over so far, in the order of its folders. */
export async function knownCells(campaign: string): Promise<Cell[]> {
  const ids: string[] = await readdir(join(campaign, campaignFiles.cells)).catch(() => []);
  const written = ids.filter((id) => existsSync(join(cellFolderOf(campaign, id), cellFile)));
  return readCells(campaign, written.toSorted());
}
