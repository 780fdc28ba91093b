import { join } from "node:path";
import { csvText } from "../../results/csv-text.ts";
import { markdownTable } from "../../results/markdown-table.ts";
import { formatNumber, formatTime, notMeasured } from "../../results/quantities.ts";
import { writeWhole } from "../../results/write-whole.ts";
import { type CellFigures, type CellResult, figureNames } from "./results.ts";
import { shareWords } from "./share-words.ts";

/** Writes `results.json`, `results.csv` and `results.md`. */
export async function writeResults(campaign: string, results: readonly CellResult[]): Promise<void> {
  const axes = axesOf(results);
  const isSearch = results.some(({ search }) => search !== null);
  const head = [
    ...["cell", ...axes, "state", "runs", "valid"],
    ...(isSearch ? ["candidate", "round", "share", "best"] : []),
    ...figureNames,
    ...["seconds", "folders", "serverLog", "reason"],
  ];
  const rows = results.map(({ search, figures, ...result }) => [
    ...[result.cell, ...axes.map((axis) => result.labels[axis] ?? "")],
    ...[result.state, result.runs, result.valid],
    ...(isSearch ? [search?.candidate ?? "", search?.round ?? "", search?.share ?? "", result.best] : []),
    ...figureNames.map((name) => figures[name]),
    ...[result.seconds, result.folders.join(" "), result.serverLog, result.reason],
  ]);
  await writeWhole(join(campaign, "results.json"), `${JSON.stringify(results, null, 2)}\n`);
  await writeWhole(join(campaign, "results.csv"), csvText([head, ...rows], "\n"));
  const { head: titles, rows: cells } = resultTable(results);
  await writeWhole(join(campaign, "results.md"), markdownTable(titles, cells));
}

/** Results for people: columns that no cell fills are left out. */
export function resultTable(results: readonly CellResult[]): { head: string[]; rows: string[][] } {
  const axes = axesOf(results);
  const shown = shownFigures.filter(({ name }) => results.some(({ figures }) => figures[name] !== null));
  const isSearch = results.some(({ search }) => search !== null);
  const isReasoned = results.some(({ reason }) => reason !== null);
  return {
    head: [
      ...[...axes, "state", "VALID", ...(isSearch ? ["round", "share", "best"] : [])],
      ...[...shown.map(({ title }) => title), ...(isReasoned ? ["reason"] : [])],
    ],
    rows: results.map((result) => [
      ...axes.map((axis) => result.labels[axis] ?? ""),
      ...[result.state, `${result.valid} of ${result.runs}`],
      ...(isSearch ? searchWords(result) : []),
      ...shown.map(({ name, format }) => {
        const value = result.figures[name];
        return value === null ? notMeasured : format(value);
      }),
      ...(isReasoned ? [firstLine(result.reason)] : []),
    ]),
  };
}

function searchWords({ search, best }: CellResult): string[] {
  if (search === null) return ["", "", ""];
  return [`${search.round} of ${search.rounds}`, shareWords(search.share), best ? "best" : ""];
}

function axesOf(results: readonly CellResult[]): string[] {
  return [...new Set(results.flatMap(({ labels }) => Object.keys(labels)))];
}

/** The whole reason stands in `results.csv` and `.json`. */
function firstLine(reason: string | null): string {
  return reason?.split("\n")[0] ?? "";
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
