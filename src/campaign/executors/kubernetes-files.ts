import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { UsageError } from "../../errors.ts";
import { writeWhole } from "../../results/write-whole.ts";
import { campaignFiles } from "../matrix/campaign-state.ts";
import type { Cell } from "../matrix/cell.ts";
import { writeCells } from "../matrix/known-cells.ts";

/** Names of the files that a job is given. */
export const jobFiles = { campaign: "campaign.yaml", cells: "cells-" } as const;

/**
 * A ConfigMap holds 1 MiB, but `kubectl apply` writes all of it once more into an annotation, of which an API server takes
 * 256 KiB; this leaves room for names and for what JSON adds, bytes.
 */
const mostBytes = 180_000;

/**
 * The campaign's file and the cells of a job, divided so that a ConfigMap holds each part. Throws UsageError for a campaign
 * file that none holds.
 */
export function filesOfJob(source: string, cells: readonly Cell[]): Record<string, string>[] {
  if (Buffer.byteLength(source) > mostBytes)
    throw new UsageError("CAMPAIGN_INVALID", [
      { where: "campaign", message: `is longer than the ${mostBytes / 1000} kB that a ConfigMap is given` },
    ]);
  const [first = {}, ...others] = partsOf(cells, mostBytes - Buffer.byteLength(source));
  return [{ [jobFiles.campaign]: source, ...first }, ...others];
}

/** The cells in files that fit, the first one into `leftBytes`, which may hold none. */
function partsOf(cells: readonly Cell[], leftBytes: number): Record<string, string>[] {
  const parts: string[][] = [[]];
  let left = leftBytes;
  for (const cell of cells) {
    const text = JSON.stringify(cell);
    const bytes = Buffer.byteLength(text) + 1;
    if (bytes > left) {
      parts.push([]);
      left = mostBytes;
    }
    parts.at(-1)?.push(text);
    left -= bytes;
  }
  return parts.map((texts, index) => ({ [`${jobFiles.cells}${index + 1}.json`]: `[${texts.join(",")}]` }));
}

/** Lays the files of a job, as its ConfigMaps show them, into the campaign's folder, where all commands look for them. */
export async function layFiles(campaign: string, files: string): Promise<void> {
  await writeWhole(
    join(campaign, campaignFiles.source),
    await readFile(join(files, jobFiles.campaign), "utf8"),
  );
  const names = await readdir(files);
  for (const name of names.filter((one) => one.startsWith(jobFiles.cells)))
    await writeCells(campaign, JSON.parse(await readFile(join(files, name), "utf8")) as Cell[]);
}
