import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import type { SearchResult } from "#src/campaign/find-max.js";
import { planSweep } from "#src/campaign/plan-sweep.js";
import type { SweepRecord, SweepRun } from "#src/campaign/sweep-record.js";
import { renderSweep } from "#src/campaign/sweep-table.js";
import { executeSweep, exitCodeOfSweep } from "#src/commands/sweep.js";
import { readSweepArguments } from "#src/commands/sweep-arguments.js";
import { UsageError } from "#src/errors.js";

const endpoint = "http://127.0.0.1:9";
const read = (args: Record<string, unknown>) => readSweepArguments({ _: ["sweep"], endpoint, ...args }, {});

function problemsOf(args: Record<string, unknown>): string[] {
  try {
    read(args);
    return [];
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return error.problems.map(({ where, message }) => `${where}: ${message}`);
  }
}

describe("arguments of a sweep", () => {
  it("are its own and those of a run; no target rate is needed", () => {
    const { config, settings } = read({
      ...{ qps: "1..4:x2", repeats: "3", "cool-down": "500ms", coolDown: "500ms", maxTokens: "8" },
    });
    expect(settings).toEqual({
      ...{ task: { kind: "qps", points: { loads: [1, 2, 4] } }, repeats: 3, coolDownNs: 5e8 },
    });
    expect(config).toMatchObject({ endpoints: [endpoint], maxTokens: 8, targetQps: null });
  });

  it("have defaults", () => {
    expect(read({ concurrency: "4" }).settings).toEqual({
      ...{ task: { kind: "concurrency", points: { loads: [4] } }, repeats: 1, coolDownNs: 2e9 },
    });
    expect(read({ findMax: true }).settings.task).toEqual({
      ...{ kind: "find-max", resolution: 0.05, confirmations: 2, trialQueries: null },
    });
    expect(
      read({ findMax: true, resolution: "2.5", confirmations: "3", trialQueries: "900" }).settings.task,
    ).toEqual({ kind: "find-max", resolution: 0.025, confirmations: 3, trialQueries: 900 });
  });

  it("name exactly one task", () => {
    expect(problemsOf({})).toEqual(["sweep: one of --qps, --concurrency and --find-max is needed"]);
    expect(problemsOf({ qps: "1", findMax: true })).toEqual([
      "sweep: only one of --qps and --find-max can be given",
    ]);
  });

  it("are all reported at once, those of the runs too", () => {
    const args = { qps: "x", repeats: "0", resolution: "5", coolDown: "5", percentile: "100", speed: "9" };
    const problems = problemsOf(args);
    expect(problems).toHaveLength(6);
    expect(problems.map((problem) => problem.split(":")[0])).toEqual(
      expect.arrayContaining([
        "--qps",
        "--repeats",
        "--resolution",
        "--cool-down",
        "--percentile",
        "--speed",
      ]),
    );
    expect(problemsOf({ qps: true })).toEqual(["--qps: needs a value"]);
    expect(problemsOf({ qps: ["1", "2"] })).toEqual(["--qps: takes one value, not 2"]);
    expect(problemsOf({ findMax: true, repeats: "2" })).toEqual([
      "--repeats: is not of --find-max; see --confirmations",
    ]);
  });
});

describe("the plan", () => {
  it("has trials long enough for the resolution and the percentile", () => {
    const queries = (args: Record<string, unknown>) => {
      const { config, settings } = read({ findMax: true, ...args });
      return planSweep(config, settings).search?.trialQueries;
    };
    expect(queries({})).toBe(5000);
    expect(queries({ resolution: "10" })).toBe(2500);
    expect(queries({ resolution: "50" })).toBe(2010);
    expect(queries({ percentile: "99.9" })).toBeGreaterThan(20_000);
    expect(queries({ trialQueries: "700" })).toBe(700);
  });

  it("is what --dry-run prints, secrets masked, and nothing runs", async () => {
    const { config, settings } = read({ qps: "1,2", dryRun: true, apiKey: "hidden", output: "somewhere" });
    let printed = "";
    const nothing = () => {
      throw new Error("nothing runs");
    };
    const code = await executeSweep(config, settings, {
      ...{ run: nothing, exit: nothing, environment: {}, signals: { on: nothing, off: nothing } },
      stdout: { write: (text) => (printed += text) },
      stderr: { write: nothing },
    });
    expect(code).toBe(0);
    expect(printed).not.toContain("hidden");
    expect(parse(printed)).toEqual(JSON.parse(JSON.stringify(planSweep(config, settings))));
    expect(parse(printed)).toMatchObject({ kind: "qps", loads: [1, 2], config: { endpoint: [endpoint] } });
    expect(parse(printed).config).not.toHaveProperty("output");
  });
});

function recordOf(changes: Partial<SweepRecord>): SweepRecord {
  const { config, settings } = read({ findMax: true });
  return {
    ...{ schema: "flexbench.sweep/1", id: "x", state: "finished", startedAt: "", endedAt: "" },
    ...{ flexbench: { version: "0", commit: null }, capacity: 20, runs: [], summary: null, search: null },
    plan: planSweep(config, settings),
    ...changes,
  };
}

describe("the end of a sweep", () => {
  const search: SearchResult = {
    ...{ qps: 12.5, found: true, confirmations: 2, resolution: 0.05, trials: [] },
    limit: { median: 12.7, low: 12.5, high: 13 },
  };
  const failed = { state: "failed" } as SweepRun;
  const valid = { state: "valid" } as SweepRun;

  it("has an exit code", () => {
    expect(exitCodeOfSweep(recordOf({ search }))).toBe(0);
    expect(exitCodeOfSweep(recordOf({ search: { ...search, found: false } }))).toBe(3);
    expect(exitCodeOfSweep(recordOf({ search: null, runs: [failed, valid] }))).toBe(0);
    expect(exitCodeOfSweep(recordOf({ search: null, runs: [failed, failed] }))).toBe(5);
    expect(exitCodeOfSweep(recordOf({ state: "interrupted", search }))).toBe(130);
  });

  it("says how sure a search is, or that it found nothing", () => {
    const text = renderSweep(recordOf({ search }));
    expect(text).toContain("Highest VALID  12.5 QPS, VALID in 2 of 2 confirmation runs");
    expect(text).toContain("Limit          12.70 QPS; 90 % sure that it lies from 12.50 to 13");
    expect(text).toContain("Resolution     5 %, by trials of 5,000 queries");
    const none = { ...search, found: false, qps: null, limit: null, confirmations: 0 };
    expect(renderSweep(recordOf({ search: none }))).toContain("none: no rate that was tried is VALID");
    expect(renderSweep(recordOf({ search: { ...search, found: false } }))).toContain("12.5 QPS at least");
  });
});
