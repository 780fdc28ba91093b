import { markdownTable } from "../../results/markdown-table.ts";
import type { BuiltDataset } from "../build-dataset.ts";
import type { Row } from "../row.ts";
import { validateDataset } from "../validate/validate.ts";
import { markdownDocument } from "./markdown-document.ts";
import { repairsOf } from "./repairs.ts";

/** What a build did, for people: sources, rules with counts, spellings without an alias, findings of validation. */
export function buildReportText({ rows, report }: BuiltDataset): string {
  const findings = validateDataset(rows);
  const { sources, unmatched, otherBenchmarks, merged, filled, kept, renewed, rules, unknown } = report;
  const repairs = repairsOf(rows, report);
  const passedOver = sources.flatMap((source) =>
    source.passedOver.map(({ file, why }) => [source.name, file, why]),
  );
  return markdownDocument([
    "# What the build did",
    `${rows.length} rows, ${count(rows, ({ tokens_per_second }) => tokens_per_second !== null)} of them with tokens a second.`,
    "## Sources",
    markdownTable(
      ["source", "tables", "rows", "logs", "systems"],
      sources.map(({ name, tables, rows: read, logs, systems }) => [
        name,
        ...[tables, read, logs, systems].map(String),
      ]),
    ),
    `${merged} rows stood in a second table; they filled ${filled} open fields of the first.`,
    kept + renewed === 0
      ? null
      : `Of an earlier build ${renewed} rows were given anew, and ${kept} stayed that no other source gave.`,
    unmatched.length === 0 ? null : "Logs and system descriptions that belong to no row:",
    unmatched.length === 0
      ? null
      : markdownTable(
          ["source", "file", "logs", "systems"],
          unmatched.map(({ source, file, logs, systems }) => [source, file, `${logs}`, `${systems}`]),
        ),
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
    `${repairs.length} values of ${new Set(repairs.map(({ id }) => id)).size} rows were repaired or marked: \`changes.jsonl\` has a line for each, with the row, the rule, both values and the reason.`,
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

function count(rows: readonly Row[], holds: (row: Row) => boolean): number {
  return rows.filter(holds).length;
}
