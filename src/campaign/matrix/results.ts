import { existsSync } from "node:fs";
import { join, relative } from "node:path";
import { csvText } from "../../results/csv-text.ts";
import { markdownTable } from "../../results/markdown-table.ts";
import { formatNumber, formatTime, notMeasured } from "../../results/quantities.ts";
import { readRecord, runFiles } from "../../results/store.ts";
import { writeWhole } from "../../results/write-whole.ts";
import { readSweep } from "../sweep-folder.ts";
import { cellFolderOf, runFolderOf, standings } from "./campaign-state.ts";
import type { Cell } from "./cell.ts";

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
  reason: string | null;
}

const figureNames = [
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
] as const satisfies readonly (keyof CellFigures)[];

/** Results of all cells, in their order. */
export async function cellResults(campaign: string, cells: readonly Cell[]): Promise<CellResult[]> {
  const now = await standings(campaign, cells);
  return Promise.all(
    now.map(async ({ cell, state, reason }) => {
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
    const { state, metrics, cost, energy } = await readRecord(folder);
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
      },
    };
  }
  if (!existsSync(join(folder, "sweep.json"))) return null;
  const { runs, plan } = await readSweep(folder);
  const points = runs.filter(({ role, endedEarly }) => role !== "probe" && !endedEarly);
  const valid = points.filter(({ state }) => state === "valid");
  const best = valid.reduce<(typeof points)[number] | null>(
    (high, point) => (high === null || point.load > high.load ? point : high),
    null,
  );
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
      highestValidQps: plan.kind === "concurrency" ? null : (best?.load ?? null),
    },
  };
}

function median(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null).toSorted((one, other) => one - other);
  if (known.length === 0) return null;
  const middle = Math.floor(known.length / 2);
  const upper = known[middle] ?? 0;
  return known.length % 2 === 1 ? upper : ((known[middle - 1] ?? 0) + upper) / 2;
}

/** Writes `results.json`, `results.csv` and `results.md`. */
export async function writeResults(campaign: string, results: readonly CellResult[]): Promise<void> {
  const axes = [...new Set(results.flatMap(({ labels }) => Object.keys(labels)))];
  const head = ["cell", ...axes, "state", "runs", "valid", ...figureNames, "folders", "reason"];
  const rows = results.map((result) => [
    ...[
      result.cell,
      ...axes.map((axis) => result.labels[axis] ?? ""),
      result.state,
      result.runs,
      result.valid,
    ],
    ...figureNames.map((name) => result.figures[name]),
    ...[result.folders.join(" "), result.reason],
  ]);
  await writeWhole(join(campaign, "results.json"), `${JSON.stringify(results, null, 2)}\n`);
  await writeWhole(join(campaign, "results.csv"), csvText([head, ...rows], "\n"));
  const { head: titles, rows: cells } = resultTable(results);
  await writeWhole(join(campaign, "results.md"), markdownTable(titles, cells));
}

/** Results for people: columns that no cell fills are left out. */
export function resultTable(results: readonly CellResult[]): { head: string[]; rows: string[][] } {
  const axes = [...new Set(results.flatMap(({ labels }) => Object.keys(labels)))];
  const shown = shownFigures.filter(({ name }) => results.some(({ figures }) => figures[name] !== null));
  return {
    head: [...axes, "state", "VALID", ...shown.map(({ title }) => title)],
    rows: results.map((result) => [
      ...axes.map((axis) => result.labels[axis] ?? ""),
      ...[result.state, `${result.valid} of ${result.runs}`],
      ...shown.map(({ name, format }) => {
        const value = result.figures[name];
        return value === null ? notMeasured : format(value);
      }),
    ]),
  };
}

const shownFigures: readonly { name: keyof CellFigures; title: string; format: (value: number) => string }[] =
  [
    { name: "highestValidQps", title: "highest VALID QPS", format: formatNumber },
    { name: "tokensPerSecond", title: "tokens/s", format: formatNumber },
    { name: "ttftP50Ns", title: "TTFT p50", format: formatTime },
    { name: "ttftP99Ns", title: "TTFT p99", format: formatTime },
    { name: "tpotP50Ns", title: "TPOT p50", format: formatTime },
    { name: "tpotP99Ns", title: "TPOT p99", format: formatTime },
    { name: "costPerMillionTokens", title: "cost / 10^6 tokens", format: formatNumber },
    { name: "tokensPerJoule", title: "tokens/J", format: formatNumber },
  ];
