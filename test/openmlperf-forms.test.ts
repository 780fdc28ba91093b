import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { columns } from "#src/openmlperf/columns.js";
import { datasetCard } from "#src/openmlperf/forms/card-text.js";
import { rowJsonSchema } from "#src/openmlperf/forms/json-schema.js";
import { repairsOf } from "#src/openmlperf/forms/repairs.js";
import { buildReportText } from "#src/openmlperf/forms/report-text.js";
import { columnNames, type Row } from "#src/openmlperf/row.js";
import { emptyReport } from "./empty-report.ts";

const empty = Object.fromEntries(columnNames.map((name) => [name, null])) as unknown as Row;

it("the documentation has every column in the order of the files, with type, unit, meaning and fill rate", () => {
  const documented = readFileSync(new URL("../docs/openmlperf-columns.md", import.meta.url), "utf8")
    .split("\n")
    .filter((line) => line.startsWith("| `"));
  expect(documented.filter((line) => !/ [\d.]+ % \|$/.test(line))).toEqual([]);
  expect(documented.map((line) => line.replace(/ [\d.]+ % \|$/, ""))).toEqual(
    columnNames.map((name) => {
      const { type, unit, meaning } = columns[name];
      return `| \`${name}\` | ${type} | ${unit ?? "–"} | ${meaning} |`;
    }),
  );
});

describe("the report of a build", () => {
  it("lists what validation found, with the row", () => {
    const text = buildReportText({
      rows: [{ ...empty, id: "made-row", origin: "nobody" }],
      report: emptyReport,
    });
    expect(text).toContain("## Findings\n\n| severity | check | row | finding |");
    expect(text).toMatch(/\| error \| \w+ \| `made-row` \| .*origin/);
  });

  it("says so where nothing was found", () => {
    const good = {
      ...empty,
      ...{ id: "a", origin: "official", source: "s", source_kind: "k", source_file: "f" },
      ...{ benchmark: "b", benchmark_family: "b", scenario: "Offline", result_value: 1, result_unit: "ms" },
    } as const;
    expect(buildReportText({ rows: [good], report: emptyReport })).toMatch(/## Findings\n\nNone\.\n$/);
    expect(buildReportText({ rows: [], report: emptyReport })).toContain("the dataset has no rows");
  });

  it("names what belongs to no row, and what became of an earlier build", () => {
    const unmatched = [{ source: "logs", file: "logs.json", logs: 3, systems: 1 }];
    const text = buildReportText({ rows: [], report: { ...emptyReport, unmatched, kept: 5, renewed: 2 } });
    expect(text).toContain("| logs | logs.json | 3 | 1 |");
    expect(text).toContain("2 rows were given anew, and 5 stayed");
  });
});

it("repairs are listed in the order of rows, each with its reason", () => {
  const rule = { rule: "some-rule", meaning: "What it does.", rows: 2, filled: 0, changed: 2 };
  const rows: Row[] = [
    { ...empty, id: "b", weight_data_type: "fp8", weight_data_type_declared: "fp16" },
    { ...empty, id: "a", duplicate_reason: "Twice." },
  ].map((row) => ({ ...row, weight_data_type_reason: "Named so." }));
  const change = (id: string, column: "duplicate_of" | "result_unit" | "weight_data_type" | "cooling") => ({
    ...{ rule: "some-rule", id, column, from: column === "result_unit" ? "samples/s" : null, to: "new" },
  });
  const changes = [
    change("a", "duplicate_of"),
    change("a", "cooling"),
    change("b", "result_unit"),
    change("b", "weight_data_type"),
  ];
  expect(repairsOf(rows, { changes, rules: [rule], earlierRepairs: [] })).toEqual([
    {
      ...{ id: "b", rule: "some-rule", column: "result_unit", before: "samples/s", after: "new" },
      reason: "What it does.",
    },
    {
      ...{ id: "b", rule: "some-rule", column: "weight_data_type", before: "fp16", after: "new" },
      reason: "Named so.",
    },
    { id: "a", rule: "some-rule", column: "duplicate_of", before: null, after: "new", reason: "Twice." },
  ]);
});

it("the card names sources with their licences, and a licence for all only where all state it", () => {
  const row = { ...empty, source: "v6.0", source_url: "https://x.org/r", source_licence: "Apache-2.0" };
  expect(datasetCard([row], {})).toMatch(/^---\nlicense: apache-2\.0\n/);
  const mixed = datasetCard([row, { ...empty, source: "v5.1" }], {});
  expect(mixed).toMatch(/^---\nlicense: other\n/);
  expect(mixed).toContain("| v6.0 | https://x.org/r | – | Apache-2.0 | 1 |");
  expect(mixed).toContain("| v5.1 | – | – | not stated | 1 |");
});

it("the schema holds ranges, words and patterns of columns, and lets null stand where a value is not known", () => {
  const { properties } = rowJsonSchema() as { properties: Record<string, unknown> };
  expect(properties.cpu_frequency_ghz).toMatchObject({ type: ["number", "null"], minimum: 0.1, maximum: 10 });
  expect(properties.division).toMatchObject({ enum: ["closed", "open", "network", null] });
  expect(properties.scenario).toMatchObject({ type: "string", enum: expect.arrayContaining(["Offline"]) });
  expect(properties.published_on).toMatchObject({ pattern: expect.stringContaining("d{4}") });
});
