import { existsSync } from "node:fs";
import { mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { UsageError } from "../../errors.ts";
import { flexbenchVersion } from "../../results/version.ts";
import { writeWhole } from "../../results/write-whole.ts";
import {
  type CampaignName,
  campaignId,
  campaignPath,
  createFolder,
  entriesOf,
  isRemainOf,
  readJson,
  refuseForeign,
  writeJson,
} from "../campaign-folder.ts";
import { type CampaignFile, parseCampaign } from "./campaign-file.ts";
import type { Cell } from "./cell.ts";
import { type ClaimHolder, lastClaim, lifeOf } from "./claims.ts";

/** Names of the files of a campaign. */
export const campaignFiles = {
  campaign: "campaign.json",
  source: "campaign.yaml",
  cells: "cells",
  jobs: "jobs",
  cancelled: "cancelled",
} as const;

const name: CampaignName = { code: "CAMPAIGN", noun: "campaign" };

/** A campaign on disk: schema `flexbench.campaign/1`. */
export interface CampaignHead {
  schema: "flexbench.campaign/1";
  id: string;
  name: string;
  startedAt: string;
  /** Where its file's relative paths count from. */
  workingFolder: string;
  flexbench: { version: string; commit: string | null };
}

const headSchema: z.ZodType<CampaignHead> = z.object({
  schema: z.literal("flexbench.campaign/1"),
  id: z.string(),
  name: z.string(),
  startedAt: z.string(),
  workingFolder: z.string(),
  flexbench: z.object({ version: z.string(), commit: z.string().nullable() }),
});

/** How the last attempt at a cell ended. */
export interface CellState {
  state: "finished" | "failed" | "interrupted";
  /** Number of the claim under which that was. */
  attempt: number;
  /** Why it failed, in one sentence; null otherwise. */
  reason: string | null;
  /** Names of its runs that are finished. */
  runs: string[];
  /** Attempts that failed since the campaign was last begun or resumed. */
  failures: number;
  /** Output of its server, relative to the campaign, in the folder of the cell that started it; null: not kept here. */
  serverLog: string | null;
  /** What its attempts took together, starts of its server included, s. */
  seconds: number;
}

const stateSchema: z.ZodType<CellState> = z.object({
  state: z.enum(["finished", "failed", "interrupted"]),
  attempt: z.number(),
  reason: z.string().nullable(),
  runs: z.array(z.string()),
  failures: z.number(),
  serverLog: z.string().nullable().default(null),
  seconds: z.number().default(0),
});

/** Where a cell stands. */
export interface CellStanding {
  cell: Cell;
  state: "pending" | "running" | "finished" | "failed" | "interrupted";
  /** Attempts so far. */
  attempts: number;
  /** Those that failed since the campaign was last begun or resumed. */
  failures: number;
  reason: string | null;
  /** Who holds it while it runs. */
  holder: ClaimHolder | null;
}

/** Opens the folder of a campaign, or makes it; the file's copy there is the new one. Throws UsageError. */
export async function openCampaign(
  output: string | null,
  file: CampaignFile,
): Promise<{ path: string; head: CampaignHead; resumed: boolean }> {
  const id = campaignId(name);
  const path = campaignPath(output, id);
  const entries = await entriesOf(path);
  const resumed = entries.includes(campaignFiles.campaign);
  if (!resumed)
    refuseForeign(
      path,
      entries.filter((entry) => !isOwnRemain(entry)),
      name,
    );
  const head = resumed
    ? await readCampaignHead(path)
    : ({
        schema: "flexbench.campaign/1",
        id,
        name: file.name,
        startedAt: new Date().toISOString(),
        workingFolder: process.cwd(),
        flexbench: flexbenchVersion(),
      } as const);
  await createFolder(join(path, campaignFiles.cells));
  await writeWhole(join(path, campaignFiles.source), file.source);
  await writeJson(join(path, campaignFiles.campaign), { ...head, name: file.name });
  return { path, head, resumed };
}

/** What a campaign that was killed over its first files leaves. */
function isOwnRemain(entry: string): boolean {
  const written = [campaignFiles.source, campaignFiles.campaign];
  return entry === campaignFiles.cells || written.some((file) => entry === file || isRemainOf(file, entry));
}

/** Reads `campaign.json`. Throws UsageError when the folder holds no campaign. */
export async function readCampaignHead(path: string): Promise<CampaignHead> {
  return readJson(join(path, campaignFiles.campaign), headSchema, name);
}

/** Whether a folder holds a campaign. */
export function isCampaign(path: string): boolean {
  return existsSync(join(path, campaignFiles.campaign));
}

/** Reads the copy of a campaign's file in its folder. Throws UsageError. */
export async function readOwnFile(path: string): Promise<CampaignFile> {
  const file = join(path, campaignFiles.source);
  try {
    return parseCampaign(await readFile(file, "utf8"), file);
  } catch (cause) {
    if (cause instanceof UsageError) throw cause;
    throw new UsageError("CAMPAIGN_UNREADABLE", [{ where: file, message: "cannot be read" }], { cause });
  }
}

/** Folder of a cell. */
export function cellFolderOf(campaign: string, id: string): string {
  return join(campaign, campaignFiles.cells, id);
}

/** Folder of a run, sweep or search of a cell. */
export function runFolderOf(cellFolder: string, run: string): string {
  return join(cellFolder, "runs", run);
}

/** Where the server that was started for a cell writes. */
export function serverLogOf(cellFolder: string): string {
  return join(cellFolder, "server.log");
}

/** How the last attempt at a cell ended; null before the first one has. */
export async function readCellState(cellFolder: string): Promise<CellState | null> {
  const file = join(cellFolder, "state.json");
  return existsSync(file) ? readJson(file, stateSchema, name) : null;
}

/** Writes how an attempt ended, unless a later attempt has begun: then this one was given up for dead. */
export async function writeCellState(cellFolder: string, state: CellState): Promise<void> {
  const last = await lastClaim(cellFolder);
  if (last !== null && last.attempt > state.attempt) return;
  await mkdir(cellFolder, { recursive: true });
  await writeJson(join(cellFolder, "state.json"), state);
}

/** Where every cell stands. */
export async function standings(campaign: string, cells: readonly Cell[]): Promise<CellStanding[]> {
  return Promise.all(cells.map((cell) => standingOf(campaign, cell)));
}

async function standingOf(campaign: string, cell: Cell): Promise<CellStanding> {
  const folder = cellFolderOf(campaign, cell.id);
  const [state, claim] = await Promise.all([readCellState(folder), lastClaim(folder)]);
  const counts = { attempts: claim?.attempt ?? 0, failures: state?.failures ?? 0 };
  if (claim !== null && claim.attempt > (state?.attempt ?? 0)) {
    const isRunning = lifeOf(claim) !== false;
    return { cell, state: isRunning ? "running" : "interrupted", ...counts, reason: null, holder: claim };
  }
  if (state === null) return { cell, state: "pending", ...counts, reason: null, holder: null };
  // A run that was asked for later, by more repeats, is still to be made.
  const isWhole = cell.wishes.every((wish) => state.runs.includes(wish.name));
  const standing = state.state === "finished" && !isWhole ? "pending" : state.state;
  return { cell, state: standing, ...counts, reason: state.reason, holder: null };
}

/** Gives cells that failed too often all their tries again. */
export async function forgiveFailures(campaign: string, cells: readonly Cell[]): Promise<void> {
  for (const { id } of cells) {
    const folder = cellFolderOf(campaign, id);
    const state = await readCellState(folder);
    if (state?.state === "failed") await writeCellState(folder, { ...state, failures: 0 });
  }
}

/** Whether the campaign was cancelled: no cell begins any more. */
export async function isCancelled(campaign: string): Promise<boolean> {
  return existsSync(join(campaign, campaignFiles.cancelled));
}

/** Notes that a campaign is cancelled, or goes on. */
export async function markCancelled(campaign: string, cancelled: boolean): Promise<void> {
  const file = join(campaign, campaignFiles.cancelled);
  if (cancelled) await writeWhole(file, "");
  else await rm(file, { force: true });
}
