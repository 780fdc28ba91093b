import { existsSync } from "node:fs";
import { join, relative } from "node:path";
import { readRecord, runFiles } from "../../results/store.ts";
import { readSweep } from "../sweep-folder.ts";
import type { SweepRecord, SweepRun } from "../sweep-record.ts";
import { cellFolderOf, readCellState, runFolderOf, standings } from "./campaign-state.ts";
import type { Cell, SearchPlace } from "./cell.ts";

/** Figures of a cell: medians over its runs; null: not measured. */
export interface CellFigures {
  tokensPerSecond: number | null;
  samplesPerSecond: number | null;
  ttftP50Ns: number | null;
  ttftP99Ns: number | null;
  tpotP50Ns: number | null;
  tpotP99Ns: number | null;
  latencyP99Ns: number | null;
  costPerMillionTokens: number | null;
  tokensPerJoule: number | null;
  /** Of sweeps and searches: the highest rate that was VALID. */
  highestValidQps: number | null;
  /** Requests within the run's own limits, as a share, and the share that must be. */
  goodputShare: number | null;
  goodputNeeded: number | null;
}

/** One row of a campaign's results. */
export interface CellResult {
  cell: string;
  labels: Record<string, string>;
  state: string;
  /** Runs that were measured, and how many of them are VALID. */
  runs: number;
  valid: number;
  figures: CellFigures;
  /** Folders of the runs, relative to the campaign. */
  folders: string[];
  /** Code and sentence where it failed. */
  reason: string | null;
  /** Output of its server, relative to the campaign: cells that share a server share the file. Null: not kept here. */
  serverLog: string | null;
  /** What it took, starts of its server included, s. */
  seconds: number;
  /** Null outside of a search. */
  search: SearchPlace | null;
  /** The best of its search, within the limits. */
  best: boolean;
}

/** Names of the figures, in the order of columns. */
export const figureNames = [
  "tokensPerSecond",
  "samplesPerSecond",
  "ttftP50Ns",
  "ttftP99Ns",
  "tpotP50Ns",
  "tpotP99Ns",
  "latencyP99Ns",
  "costPerMillionTokens",
  "tokensPerJoule",
  "highestValidQps",
  "goodputShare",
  "goodputNeeded",
] as const satisfies readonly (keyof CellFigures)[];

/** Results of all cells, in their order. */
export async function cellResults(campaign: string, cells: readonly Cell[]): Promise<CellResult[]> {
  const now = await standings(campaign, cells);
  return Promise.all(
    now.map(async ({ cell, state, reason }) => {
      const ended = await readCellState(cellFolderOf(campaign, cell.id));
      const folders = cell.wishes
        .map(({ name }) => runFolderOf(cellFolderOf(campaign, cell.id), name))
        .filter((folder) => existsSync(folder));
      const measured = (await Promise.all(folders.map(measuredIn))).filter((one) => one !== null);
      return {
        ...{ cell: cell.id, labels: cell.labels, state, reason },
        runs: measured.length,
        valid: measured.filter(({ isValid }) => isValid).length,
        figures: Object.fromEntries(
          figureNames.map((name) => [name, median(measured.map(({ figures }) => figures[name]))]),
        ) as unknown as CellFigures,
        folders: folders.map((folder) => relative(campaign, folder)),
        ...{ serverLog: ended?.serverLog ?? null, seconds: ended?.seconds ?? 0 },
        ...{ search: cell.search, best: false },
      };
    }),
  );
}

interface Measured {
  isValid: boolean;
  figures: CellFigures;
}

/** The figures of a run; of a sweep those of its highest VALID point. */
async function measuredIn(folder: string): Promise<Measured | null> {
  if (existsSync(join(folder, runFiles.record))) {
    const { state, metrics, cost, energy, config } = await readRecord(folder);
    if (state !== "valid" && state !== "invalid") return null;
    return {
      isValid: state === "valid",
      figures: {
        ...{ tokensPerSecond: metrics.tokensPerSecond, samplesPerSecond: metrics.samplesPerSecond },
        ...{ ttftP50Ns: metrics.ttftNs?.p50 ?? null, ttftP99Ns: metrics.ttftNs?.p99 ?? null },
        ...{ tpotP50Ns: metrics.tpotNs?.p50 ?? null, tpotP99Ns: metrics.tpotNs?.p99 ?? null },
        latencyP99Ns: metrics.latencyNs?.p99 ?? null,
        costPerMillionTokens: cost?.perMillionOutputTokens ?? null,
        ...{ tokensPerJoule: energy?.tokensPerJoule ?? null, highestValidQps: null },
        goodputShare: metrics.goodput?.share ?? null,
        goodputNeeded: metrics.goodput === null ? null : percentileOf(config),
      },
    };
  }
  if (!existsSync(join(folder, "sweep.json"))) return null;
  const record = await readSweep(folder);
  const points = record.runs.filter(({ role, endedEarly }) => role !== "probe" && !endedEarly);
  const best = bestPoint(record);
  const shown = best ?? points[0];
  if (shown === undefined) return null;
  const { figures, cost } = shown;
  return {
    isValid: best !== null,
    figures: {
      ...{ tokensPerSecond: figures.tokensPerSecond, samplesPerSecond: figures.samplesPerSecond },
      ...{ ttftP50Ns: figures.ttftP50Ns, ttftP99Ns: figures.ttftP99Ns },
      ...{ tpotP50Ns: figures.tpotP50Ns, tpotP99Ns: figures.tpotP99Ns, latencyP99Ns: figures.latencyP99Ns },
      ...{ costPerMillionTokens: cost?.perMillionOutputTokens ?? null, tokensPerJoule: null },
      highestValidQps: record.plan.kind === "concurrency" ? null : (best?.load ?? null),
      ...{ goodputShare: figures.goodputShare, goodputNeeded: percentileOf(record.plan.config) },
    },
  };
}

/**
 * The best VALID point of a sweep or a search: the highest rate that was confirmed or VALID, and in a closed loop the most
 * tokens a second. Null where none was.
 */
export function bestPoint({ runs, plan, search }: SweepRecord): SweepRun | null {
  const valid = runs.filter(
    ({ role, state, endedEarly }) => role !== "probe" && !endedEarly && state === "valid",
  );
  const confirmed = search === null ? valid : valid.filter(({ load }) => load === search.qps);
  const worth = ({ load, figures }: SweepRun) =>
    plan.kind === "concurrency" ? (figures.tokensPerSecond ?? 0) : load;
  // Of several at one rate the last one: a search confirms at the end.
  return confirmed.reduce<SweepRun | null>(
    (high, point) => (high === null || worth(point) >= worth(high) ? point : high),
    null,
  );
}

/** As a share; where a conf decides, the strictest that there is. */
function percentileOf({ percentile }: Readonly<Record<string, unknown>>): number {
  return typeof percentile === "number" ? percentile / 100 : 0.99;
}

function median(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null).toSorted((one, other) => one - other);
  if (known.length === 0) return null;
  const middle = Math.floor(known.length / 2);
  const upper = known[middle] ?? 0;
  return known.length % 2 === 1 ? upper : ((known[middle - 1] ?? 0) + upper) / 2;
}
