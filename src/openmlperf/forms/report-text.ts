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
    table(
      ["source", "tables", "rows"],
      sources.map(({ name, tables, rows: read }) => [name, `${tables}`, `${read}`]),
    ),
    `${merged} rows stood in a second table; they filled ${filled} open fields of the first.`,
    passedOver.length === 0 ? null : "Files that were passed over:",
    passedOver.length === 0 ? null : table(["source", "file", "why"], passedOver),
    "## Other benchmarks",
    otherBenchmarks.length === 0
      ? "None."
      : "Rows of these benchmarks are no results of language models and are left out.",
    otherBenchmarks.length === 0
      ? null
      : table(
          ["benchmark", "rows"],
          otherBenchmarks.map(({ benchmark, rows: left }) => [benchmark, `${left}`]),
        ),
    "## Rules",
    "In the order in which they are applied. *Filled* were empty before, *changed* held another value.",
    table(
      ["rule", "what it does", "rows", "filled", "changed"],
      rules.map((rule) => [rule.rule, rule.meaning, `${rule.rows}`, `${rule.filled}`, `${rule.changed}`]),
    ),
    "## Names without an alias",
    unknown.length === 0
      ? "None."
      : table(
          ["what", "spelling", "rows"],
          unknown.map(({ kind, spelling, ids }) => [kind, spelling, `${ids.length}`]),
        ),
    "## Findings",
    findings.length === 0
      ? "None."
      : table(
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
    table(
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
    table(
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
    table(
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

function table(head: readonly string[], lines: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|").replaceAll("\n", " ")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...lines.map(line)].join("\n");
}

function document(parts: readonly (string | null)[]): string {
  return `${parts.filter((part) => part !== null).join("\n\n")}\n`;
}
