import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { columns } from "#src/openmlperf/columns.js";
import { buildReportText } from "#src/openmlperf/forms/report-text.js";
import { columnNames, type Row } from "#src/openmlperf/row.js";

const report = {
  sources: [],
  otherBenchmarks: [],
  merged: 0,
  filled: 0,
  rules: [],
  unknown: [],
  flagMeanings: {},
};

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
  const empty = Object.fromEntries(columnNames.map((name) => [name, null])) as unknown as Row;

  it("lists what validation found, with the row", () => {
    const text = buildReportText({ rows: [{ ...empty, id: "made-row", origin: "nobody" }], report });
    expect(text).toContain("## Findings\n\n| severity | check | row | finding |");
    expect(text).toMatch(/\| error \| \w+ \| `made-row` \| .*origin/);
  });

  it("says so where nothing was found", () => {
    expect(buildReportText({ rows: [], report })).toMatch(/## Findings\n\nNone\.\n$/);
  });
});
