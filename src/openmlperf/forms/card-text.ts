import { markdownTable } from "../../results/markdown-table.ts";
import { type ColumnName, columns } from "../columns.ts";
import { columnNames, type Row } from "../row.ts";
import { markdownDocument } from "./markdown-document.ts";

/** The card of the dataset: what it holds, every column, every flag. */
export function datasetCard(rows: readonly Row[], flagMeanings: Readonly<Record<string, string>>): string {
  const rounds = [...new Set(rows.map(({ round }) => round ?? "–"))].toSorted();
  const sources = sourcesOf(rows);
  return markdownDocument([
    `---\n${licenceOf(sources)}\npretty_name: Open MLPerf dataset\ntags:\n  - mlperf\n  - llm\n  - inference\nconfigs:\n  - config_name: default\n    data_files: openmlperf.parquet\n---`,
    "# Open MLPerf dataset",
    "Published results of language models in MLPerf Inference, cleaned by rules that `report.md` counts, each value with the file and row that it came from.",
    "MLPerf is a trademark of MLCommons. Rows whose `origin` is `flexbench` are not verified by MLCommons. Rows with `duplicate_of` hold the same measurement as another row; leave them out of statistics.",
    markdownTable(
      ["round", "rows", "with tokens/s", "with a raw log", "duplicates"],
      rounds.map((round) => {
        const own = rows.filter((row) => (row.round ?? "–") === round);
        return [
          round,
          `${own.length}`,
          `${count(own, ({ tokens_per_second }) => tokens_per_second !== null)}`,
          `${count(own, ({ log_path }) => log_path !== null)}`,
          `${count(own, ({ duplicate_of }) => duplicate_of !== null)}`,
        ];
      }),
    ),
    "## Sources and their licences",
    "Each row names its source; the licence is that which the source's repository states.",
    markdownTable(
      ["source", "address", "commit", "licence", "rows"],
      sources.map(({ source, url, commit, licence, rows: own }) => [
        source,
        ...[url, commit].map((part) => part ?? "–"),
        licence ?? "not stated",
        `${own}`,
      ]),
    ),
    "## Columns",
    markdownTable(
      ["column", "type", "unit", "meaning", "filled"],
      columnNames.map((name) => [
        `\`${name}\``,
        columns[name].type,
        columns[name].unit ?? "–",
        columns[name].meaning,
        fillRate(rows, name),
      ]),
    ),
    "## Flags",
    markdownTable(
      ["flag", "rows", "meaning"],
      Object.entries(flagMeanings).map(([flag, meaning]) => [
        `\`${flag}\``,
        `${count(rows, ({ flags }) => flags?.split(" ").includes(flag) ?? false)}`,
        meaning,
      ]),
    ),
  ]);
}

interface CardSource {
  source: string;
  url: string | null;
  commit: string | null;
  licence: string | null;
  rows: number;
}

function sourcesOf(rows: readonly Row[]): CardSource[] {
  const found = new Map<string, CardSource>();
  for (const { source, source_url: url, source_commit: commit, source_licence: licence } of rows) {
    const key = JSON.stringify([source, url, commit, licence]);
    const known = found.get(key) ?? { source, url, commit, licence, rows: 0 };
    found.set(key, { ...known, rows: known.rows + 1 });
  }
  return [...found].toSorted(([one], [other]) => (one < other ? -1 : 1)).map(([, source]) => source);
}

/** The Hub's field for a licence: one that every source states, else `other`, which the card explains. */
function licenceOf(sources: readonly CardSource[]): string {
  const [first, ...more] = [...new Set(sources.map(({ licence }) => licence?.toLowerCase() ?? null))];
  if (more.length === 0 && first !== null && first !== undefined) return `license: ${first}`;
  return "license: other\nlicense_name: by-source\nlicense_link: README.md";
}

function fillRate(rows: readonly Row[], name: ColumnName): string {
  const filled = count(rows, (row) => row[name] !== null);
  return rows.length === 0 ? "–" : `${((100 * filled) / rows.length).toFixed(1)} %`;
}

function count(rows: readonly Row[], holds: (row: Row) => boolean): number {
  return rows.filter(holds).length;
}
