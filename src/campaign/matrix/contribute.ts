import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { checkContribution } from "../../openmlperf/check-contribution.ts";
import { type Contribution, contributionOf } from "../../openmlperf/contribution.ts";
import { readSystemDescription } from "../../openmlperf/read-system.ts";
import type { PartialRow } from "../../openmlperf/row.ts";
import { readRecord, runFiles } from "../../results/store.ts";
import { writeWhole } from "../../results/write-whole.ts";
import { readSweep } from "../sweep-folder.ts";
import { cellFolderOf, runFolderOf } from "./campaign-state.ts";
import type { Cell } from "./cell.ts";
import { bestPoint } from "./results.ts";

/** What of a campaign can stand in the Open MLPerf dataset. */
export interface CampaignContribution {
  /** A list of rows, which `flexbench dataset build` takes; null where there is none. */
  file: string | null;
  rows: number;
  /** Why others do not, with how many. */
  leftOut: Record<string, number>;
}

const contributionsFile = "contribution.json";

/**
 * Writes one contribution for a campaign: a row for each run that is a result and whose system is known, and for the best
 * VALID point of each sweep and search, each checked as `flexbench dataset add` does.
 */
export async function contribute(
  campaign: string,
  cells: readonly Cell[],
  { system, workingFolder }: { system: string | null; workingFolder: string },
): Promise<CampaignContribution> {
  const description =
    system === null ? null : await readSystemDescription(resolve(workingFolder, system), "CAMPAIGN_SYSTEM");
  const rows: Contribution[] = [];
  const leftOut: Record<string, number> = {};
  for (const cell of cells)
    for (const { name } of cell.wishes) {
      const outcome = await rowOf(cell, runFolderOf(cellFolderOf(campaign, cell.id), name), description);
      if (typeof outcome !== "string") rows.push(outcome);
      else leftOut[outcome] = (leftOut[outcome] ?? 0) + 1;
    }
  const file = join(campaign, contributionsFile);
  if (rows.length === 0) await rm(file, { force: true });
  else await writeWhole(file, `${JSON.stringify(rows, null, 2)}\n`);
  return { file: rows.length === 0 ? null : file, rows: rows.length, leftOut };
}

/** The row of a run or of the best point of a sweep, or why there is none. */
async function rowOf(
  { told, search }: Cell,
  folder: string,
  system: Readonly<Record<string, string>> | null,
): Promise<Contribution | string> {
  if ((search?.share ?? 1) < 1) return "a short round of the search";
  const run = await resultFolder(folder);
  if (typeof run !== "object") return run;
  const outcome = contributionOf(await readRecord(run.folder), system, told as PartialRow);
  if (outcome.state === "refused")
    return outcome.reasons[0] ?? `not told: ${outcome.missing.map(({ column }) => column).join(", ")}`;
  const { problems } = checkContribution(outcome.contribution);
  return problems[0] ?? outcome.contribution;
}

/** The folder of the run that is the result, or why none is. */
async function resultFolder(folder: string): Promise<{ folder: string } | string> {
  if (existsSync(join(folder, runFiles.record))) return { folder };
  if (!existsSync(join(folder, "sweep.json"))) return "not measured";
  const sweep = await readSweep(folder);
  if (sweep.state !== "finished") return "not measured to its end";
  const best = bestPoint(sweep);
  if (best !== null) return { folder: join(folder, best.folder) };
  return sweep.plan.kind === "find-max" ? "no rate was VALID" : "no point was VALID";
}
