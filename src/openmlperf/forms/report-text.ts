import { markdownTable } from "../../results/markdown-table.ts";
import type { BuiltDataset } from "../build-dataset.ts";
import { type ColumnName, columns } from "../columns.ts";
import { columnNames, type Row } from "../row.ts";
import { validateDataset } from "../validate/validate.ts";

/** What a build did, for people: sources, rules with counts, spellings without an alias, findings of validation. */
export function buildReportText({ rows, report }: BuiltDataset): string {
  const findings = validateDataset(rows);
  const { sources, otherBenchmarks, merged, filled, rules, unknown } = report;
  const passedOver = sources.flatMap((source) =>
    source.passedOver.map(({ file, why }) => [source.name, file, why]),
  );
  return document([
    "# What the build did",
    `${rows.length} rows, ${count(rows, ({ tokens_per_second }) => tokens_per_second !== null)} of them with tokens a second.`,
    "## Sources",
    markdownTable(
      ["source", "tables", "rows"],
      sources.map(({ name, tables, rows: read }) => [name, `${tables}`, `${read}`]),
    ),
    `${merged} rows stood in a second table; they filled ${filled} open fields of the first.`,
    passedOver.length === 0 ? null : "Files that were passed over:",
    passedOver.length === 0 ? null : markdownTable(["source", "file", "why"], passedOver),
    "## Other benchmarks",
    otherBenchmarks.length === 0
      ? "None."
      : "Rows of these benchmarks are no results of language models and are left out.",
    otherBenchmarks.length === 0
      ? null
      : markdownTable(
          ["benchmark", "rows"],
          otherBenchmarks.map(({ benchmark, rows: left }) => [benchmark, `${left}`]),
        ),
    "## Rules",
    "In the order in which they are applied. *Filled* were empty before, *changed* held another value.",
    markdownTable(
      ["rule", "what it does", "rows", "filled", "changed"],
      rules.map((rule) => [rule.rule, rule.meaning, `${rule.rows}`, `${rule.filled}`, `${rule.changed}`]),
    ),
    "## Names without an alias",
    unknown.length === 0
      ? "None."
      : markdownTable(
          ["what", "spelling", "rows"],
          unknown.map(({ kind, spelling, ids }) => [kind, spelling, `${ids.length}`]),
        ),
    "## Findings",
    findings.length === 0
      ? "None."
      : markdownTable(
          ["severity", "check", "row", "finding"],
          findings.map(({ severity, check, id, message }) => [severity, check, `\`${id}\``, message]),
        ),
  ]);
}

/** The card of the dataset: what it holds, every column, every flag. */
export function datasetCard(rows: readonly Row[], flagMeanings: Readonly<Record<string, string>>): string {
  const rounds = [...new Set(rows.map(({ round }) => round ?? "–"))].toSorted();
  return document([
    "---\nlicense: apache-2.0\npretty_name: Open MLPerf dataset\ntags:\n  - mlperf\n  - llm\n  - inference\nconfigs:\n  - config_name: default\n    data_files: openmlperf.parquet\n---",
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

function fillRate(rows: readonly Row[], name: ColumnName): string {
  const filled = count(rows, (row) => row[name] !== null);
  return rows.length === 0 ? "–" : `${((100 * filled) / rows.length).toFixed(1)} %`;
}

function count(rows: readonly Row[], holds: (row: Row) => boolean): number {
  return rows.filter(holds).length;
}

function document(parts: readonly (string | null)[]): string {
  return `${parts
    .filter((part) => part !== null)
    .map((part) => part.trimEnd())
    .join("\n\n")}\n`;
}
