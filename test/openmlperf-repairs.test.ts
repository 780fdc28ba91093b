import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { buildDataset } from "#src/openmlperf/build-dataset.js";
import { sourceAt } from "#src/openmlperf/build-file.js";
import { datasetCard } from "#src/openmlperf/forms/card-text.js";
import type { Row } from "#src/openmlperf/row.js";
import { officialData } from "./official-data.ts";

function valuesBy(
  rows: readonly Row[],
  nameOf: (row: Row) => string | null,
  textOf: (row: Row) => string,
): Map<string, Set<string>> {
  const values = new Map<string, Set<string>>();
  for (const row of rows) {
    const name = nameOf(row) ?? "";
    values.set(name, (values.get(name) ?? new Set()).add(textOf(row)));
  }
  return values;
}

describe.skipIf(officialData === null)("what the rules repair in the published results", () => {
  let rows: Row[];
  beforeAll(async () => {
    ({ rows } = await buildDataset({ sources: [sourceAt(officialData ?? "")], rules: null }));
  });
  const flagged = (flag: string) => rows.filter(({ flags }) => flags?.split(" ").includes(flag));

  it.each([
    ["memory-type-repaired", 67],
    ["memory-repaired", 2],
    ["host-memory-repaired", 18],
    ["framework-by-software", 8],
    ["changed-model", 8],
    ["another-run", 20],
  ])("%s: %d rows", (flag, count) => {
    expect(flagged(flag)).toHaveLength(count);
  });

  it("has the power of v3.1 and v4.0", () => {
    const power = (round: string) => rows.filter((row) => row.round === round && row.power_w !== null).length;
    expect([power("v3.1"), power("v4.0")]).toEqual([16, 14]);
    expect(rows.filter((row) => row.energy_per_query_mj !== null)).toHaveLength(2);
  });

  it("leaves no processor with two numbers of cores, but those that no maker states", () => {
    const several = [
      ...valuesBy(
        rows,
        ({ cpu }) => cpu,
        ({ cpu_cores }) => `${cpu_cores}`,
      ),
    ]
      .filter(([, cores]) => cores.size > 1)
      .map(([cpu]) => cpu);
    expect(several.toSorted()).toEqual([
      ...["AMD EPYC 7B13", "Intel Xeon (Sapphire Rapids)", "Intel Xeon Platinum 8481C"],
    ]);
  });

  it("leaves every chip with one kind and size of memory", () => {
    const ofOneKind = rows.filter((row) => row.accelerator_mix === null && !row.is_cpu_only);
    const kinds = valuesBy(
      ofOneKind,
      ({ accelerator }) => accelerator,
      (row) => `${row.accelerator_memory_gb} ${row.accelerator_memory_type}`,
    );
    expect([...kinds].filter(([, kind]) => kind.size > 1)).toEqual([]);
    expect(kinds.size).toBeGreaterThan(25);
  });

  it("tells the day, the repository and the system of every row that has them", () => {
    expect(rows.filter((row) => row.published_on === null || row.source_url === null)).toEqual([]);
    expect(rows.filter((row) => row.round === "v5.0" && row.system_path === null)).toEqual([]);
    expect(rows.filter((row) => (row.log_path === null) !== (row.log_commit === null))).toEqual([]);
  });

  it("takes for duplicates no runs whose logs differ", () => {
    const byId = new Map(rows.map((row) => [row.id, row]));
    const pairs = rows.flatMap((row) => {
      const kept = byId.get(row.duplicate_of ?? "");
      return kept === undefined || row.log_path === null || kept.log_path === null ? [] : [{ row, kept }];
    });
    expect(pairs).toHaveLength(278);
    for (const { row, kept } of pairs) expect(row.latency_p99_ns).toBe(kept.latency_p99_ns);
  });

  it("flags the load that several submitters were offered", () => {
    const shared = new Set(flagged("load-target").map(({ result_value }) => result_value));
    for (const figure of [0.593902, 1.03273, 229.69, 1246.79]) expect(shared).toContain(figure);
  });

  it("has types and engines of Qwen3-VL that the software tells", () => {
    const qwen = rows.filter(({ model }) => model === "qwen3-vl-235b-a22b");
    expect(new Set(qwen.map((row) => row.weight_data_type))).toEqual(new Set(["fp4", "fp8"]));
    expect(qwen.filter((row) => row.f1 === null || row.flags?.includes("no-alias"))).toEqual([]);
    const named = qwen.filter((row) => row.software_raw?.includes("q3vl"));
    expect(named.map(({ framework }) => framework)).toEqual(named.map(() => "vLLM"));
    expect(named.length).toBeGreaterThan(0);
  });

  it("stands in the documentation with the fill rates of this build", () => {
    const columnsOf = (text: string) => text.split("\n").filter((line) => / \| [\d.]+ % \|$/.test(line));
    const documented = readFileSync(new URL("../docs/openmlperf-columns.md", import.meta.url), "utf8");
    expect(columnsOf(documented)).toEqual(columnsOf(datasetCard(rows, {})));
  });
});
