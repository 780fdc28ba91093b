import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { columnNames, type Row } from "#src/openmlperf/row.js";
import { validateDataset } from "#src/openmlperf/validate/validate.js";
import { temporaryFolder } from "./child-script.ts";

const cli = fileURLToPath(new URL("../dist/cli.js", import.meta.url));
const folder = temporaryFolder();

const empty = Object.fromEntries(columnNames.map((name) => [name, null]));
const good = {
  ...empty,
  ...{ id: "a", origin: "official", source: "s", source_kind: "k", source_file: "f" },
  ...{ benchmark: "llama2-70b-99", benchmark_family: "llama2-70b", scenario: "Server" },
  ...{ result_value: 100, result_unit: "tokens/s", division: "closed", log_valid: true, log_agrees: true },
  ...{ nodes: 2, accelerators_per_node: 8, accelerators_total: 16 },
  ...{ ttft_p50_ns: 1e8, ttft_p99_ns: 1.9e9, ttft_limit_ns: 2e9 },
  ...{ tokens_per_second: 100, roofline_tokens_per_second: 200 },
} as Row;

describe("a row of the dataset", () => {
  it("that is right has no finding", () => {
    expect(validateDataset([good])).toEqual([]);
  });

  it.each<[string, Readonly<Record<string, unknown>>, string, string]>([
    ["lacks a column that it must have", { benchmark: null }, "required", "benchmark is empty"],
    ["has text for a number", { result_value: "100" }, "type", 'result_value is no number: "100"'],
    [
      "has a part of an accelerator",
      { accelerators_total: 15.5 },
      "type",
      "accelerators_total is not whole: 15.5",
    ],
    [
      "has a figure below 0",
      { tokens_per_second: -1 },
      "range",
      "tokens_per_second is -1 tokens/s; it must be from 0 to 1000000000",
    ],
    [
      "has a division that does not exist",
      { division: "half" },
      "words",
      'division is "half"; it must be closed, open, network',
    ],
    ["has a column too many", { speed: 9 }, "extra", "speed is no column of the dataset"],
    [
      "has megahertz for gigahertz",
      { cpu_frequency_ghz: 4100 },
      "range",
      "cpu_frequency_ghz is 4100 GHz; it must be from 0.1 to 10",
    ],
    ["scores 400 %", { rouge1: 400 }, "range", "rouge1 is 400 %; it must be from 0 to 100"],
    ["has too many cores", { cpu_cores: 99_999 }, "range", "cpu_cores is 99999; it must be from 1 to 2048"],
    [
      "has too much memory",
      { accelerator_memory_gb: 999_999 },
      "range",
      "accelerator_memory_gb is 999999 GB; it must be from 0.5 to 2048",
    ],
    [
      "takes a terawatt",
      { power_w: 1e12 },
      "range",
      "power_w is 1000000000000 W; it must be from 0 to 10000000",
    ],
    [
      "has a unit that nobody knows",
      { result_unit: "furlongs" },
      "words",
      'result_unit is "furlongs"; it must be tokens/s, samples/s, queries/s, ms, W, mJ',
    ],
    [
      "was published some day",
      { published_on: "yesterday" },
      "pattern",
      'published_on is "yesterday", which has not its form',
    ],
    [
      "has another result than tokens a second",
      { tokens_per_second: 90 },
      "derived",
      "tokens_per_second is 90, yet the result is 100",
    ],
    [
      "has no tokens a second though they are its result",
      { tokens_per_second: null },
      "derived",
      "tokens_per_second is empty, yet the result is 100",
    ],
    [
      "has another share of an accelerator",
      { tokens_per_second_per_accelerator: 5 },
      "derived",
      "tokens_per_second_per_accelerator is 5, yet tokens_per_second / accelerators_total is 6.25",
    ],
    ["comes from an INVALID run", { log_valid: false }, "log", "the raw log says INVALID"],
    [
      "is three times what its log says",
      { result_value: 300, tokens_per_second: 300, log_tokens_per_second: 100 },
      "log",
      "the published 300 tokens/s is not the 100 tokens/s of the log",
    ],
    [
      "is a duplicate of nothing",
      { duplicate_of: "gone" },
      "duplicate",
      "is a duplicate of gone, which is not there",
    ],
    ["is a duplicate of itself", { duplicate_of: "a" }, "duplicate", "is a duplicate of itself"],
    [
      "has a mix that does not add up",
      { accelerators_total: 15, accelerator_mix: '[{"accelerator":"MI300X","count":8}]' },
      "count",
      "2 nodes of 8 are not 15 accelerators, nor are the 8 of the mix",
    ],
    [
      "has another figure than its log",
      { log_agrees: false },
      "log",
      "the published 100 tokens/s is not in the log",
    ],
    [
      "counts accelerators in two ways",
      { accelerators_total: 15 },
      "count",
      "2 nodes of 8 are not 15 accelerators",
    ],
    [
      "holds more weights than memory",
      { is_cpu_only: false, accelerator_memory_gb: 80, weights_gb: 1300 },
      "memory",
      "weights of 1300 GB do not fit into 16 times 80 GB",
    ],
    [
      "has a median above its p99",
      { ttft_p50_ns: 1.95e9 },
      "order",
      "percentiles of ttft do not rise: 1950000000, 1900000000 ns",
    ],
    [
      "is VALID above its limit",
      { ttft_p99_ns: 2.1e9 },
      "limit",
      "TTFT p99 of 2100000000 ns is above the limit of 2000000000 ns",
    ],
    [
      "is faster than its hardware",
      { tokens_per_second: 300 },
      "roofline",
      "300 tokens/s are beyond the bound of the hardware",
    ],
  ])("that %s is named", (_, change, check, message) => {
    const findings = validateDataset([{ ...good, ...change } as Row]);
    expect(findings).toContainEqual(expect.objectContaining({ check, id: "a", message }));
  });

  it("that counts accelerators wrong is an error, and so is what differs from what it follows from", () => {
    const wrong = { ...good, accelerators_total: 15, tokens_per_second_per_accelerator: 5 };
    expect(validateDataset([wrong]).map(({ severity }) => severity)).toEqual(["error", "error"]);
  });

  it("with a data type that no alias knows is a warning, as long as it is the published one", () => {
    const type = "BF16/F32";
    const kept = { ...good, weight_data_type: type, weight_data_type_raw: type, flags: "no-alias" };
    expect(validateDataset([kept])).toMatchObject([{ check: "words", severity: "warning" }]);
    expect(validateDataset([{ ...kept, flags: null }])).toMatchObject([{ severity: "error" }]);
  });

  it("that points to a duplicate is named", () => {
    const rows = [good, { ...good, id: "b", duplicate_of: "a" }, { ...good, id: "c", duplicate_of: "b" }];
    expect(validateDataset(rows)).toMatchObject([
      { check: "duplicate", id: "c", message: "is a duplicate of b, which is one itself" },
    ]);
  });

  it("may count a mixed system in its own way, and exceed a limit in the open division", () => {
    const mixed = { ...good, accelerators_total: 15, accelerator_mix: '{"MI300X":8,"MI325X":7}' };
    const open = { ...good, id: "b", division: "open", ttft_p99_ns: 3e9 };
    expect(validateDataset([mixed, open])).toEqual([]);
  });
});

it("two rows of one name are an error, and the command exits with 3", () => {
  const path = join(folder, "dataset");
  mkdirSync(path);
  const validate = (rows: readonly Row[], ...args: string[]) => {
    writeFileSync(join(path, "openmlperf.jsonl"), rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
    return spawnSync(process.execPath, [cli, "dataset", "validate", path, ...args], { encoding: "utf8" });
  };
  expect(validate([good])).toMatchObject({ status: 0, stdout: "1 rows, 0 errors, 0 warnings\n" });
  const doubled = validate([good, good]);
  expect(doubled.stdout).toBe("error   unique   a  the id stands twice\n2 rows, 1 errors, 0 warnings\n");
  expect(doubled.status).toBe(3);
  expect(JSON.parse(validate([good, good], "--json").stdout)).toMatchObject({
    rows: 2,
    findings: [{ check: "unique" }],
  });
  const text = (content: string) => {
    writeFileSync(join(path, "openmlperf.jsonl"), content);
    return spawnSync(process.execPath, [cli, "dataset", "validate", path], { encoding: "utf8" });
  };
  const odd = text("[1]\nnull\n{}\n");
  expect(odd.stderr).toBe("");
  expect(odd.stdout).toMatch(/error +row +line 1 {2}is no row\nerror +row +line 2 {2}is no row\n/);
  expect(odd.stdout).toMatch(/error +columns +line 3 {2}lacks \d+: id, origin/);
  expect(odd.status).toBe(3);
  const none = text("");
  expect(none.stdout).toContain("the dataset has no rows");
  expect(none.status).toBe(3);
  const cut = text(`${JSON.stringify(good)}\n{"id": "b", "orig`);
  expect(cut.stderr).toContain("line 2 is no JSON");
  expect(cut.status).toBe(2);
  const nothing = spawnSync(process.execPath, [cli, "dataset", "validate", folder], { encoding: "utf8" });
  expect(nothing.stderr).toContain("is no dataset");
  expect(nothing.status).toBe(2);
});

it("two datasets are compared by the names of their rows", () => {
  const write = (name: string, rows: readonly Row[]) => {
    mkdirSync(join(folder, name));
    writeFileSync(
      join(folder, name, "openmlperf.jsonl"),
      rows.map((row) => `${JSON.stringify(row)}\n`).join(""),
    );
    return join(folder, name);
  };
  const { cooling: _, ...withoutCooling } = good;
  const before = write("before", [good, { ...withoutCooling, id: "b" } as Row, { ...good, id: "c" }]);
  const after = write("after", [
    { ...good, division: "open" },
    { ...good, id: "b" },
    { ...good, id: "d" },
  ]);
  const diff = (...args: string[]) =>
    spawnSync(process.execPath, [cli, "dataset", "diff", ...args], { encoding: "utf8" }).stdout;
  expect(diff(before, after)).toBe(
    [
      "+ d  llama2-70b-99 · Server: 100 tokens/s",
      "- c  llama2-70b-99 · Server: 100 tokens/s",
      "~ a  division: closed → open",
      "1 rows added, 1 removed, 1 changed\n",
    ].join("\n"),
  );
  expect(JSON.parse(diff(before, after, "--json"))).toMatchObject({
    added: [{ id: "d" }],
    removed: [{ id: "c" }],
    changed: [{ id: "a", changes: [{ column: "division", from: "closed", to: "open" }] }],
  });
  expect(diff(before, before)).toBe("0 rows added, 0 removed, 0 changed\n");
});
