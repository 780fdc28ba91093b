import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { parseCampaign, readCampaignFile } from "#src/campaign/matrix/campaign-file.js";
import type { Cell } from "#src/campaign/matrix/cell.js";
import { cellsOf } from "#src/campaign/matrix/cells-of-file.js";
import { checkCampaign } from "#src/campaign/matrix/check-campaign.js";
import type { CellFigures, CellResult } from "#src/campaign/matrix/results.js";
import { cellsPaidFor, firstRound, nextRound, rank, type SearchRound } from "#src/campaign/matrix/search.js";
import { keeps } from "#src/campaign/matrix/search-limits.js";
import { planSearch, type SearchPlan } from "#src/campaign/matrix/search-plan.js";
import type { SearchSettings } from "#src/campaign/matrix/search-settings.js";
import { drawCandidates } from "#src/campaign/matrix/search-space.js";
import { shortenedMeasure } from "#src/campaign/matrix/shortened-measure.js";
import { planAsJson, planCampaign, planSentence, planTables } from "#src/commands/campaign-plan.js";
import { temporaryFolder } from "./child-script.ts";

const cli = fileURLToPath(new URL("../dist/cli.js", import.meta.url));
const folder = temporaryFolder();

interface Changes {
  defaults?: string;
  serve?: string;
  space?: string;
  budget?: string;
  more?: string;
  rest?: string;
}

const yaml = ({
  defaults = "scenario: offline, duration: 60s, min-queries: 10",
  serve = "serve: { kind: sim, ttft: 2ms, itl: 1ms }",
  space = "max-concurrency: { from: 1, to: 64, scale: log }, ttft: [2ms, 3ms]",
  budget = "{ runs: 9 }",
  more = "limits: { ttft-p99: 1s }",
  rest = "",
}: Changes = {}) => `
name: search
defaults: { model: sim, percentile: 50, max-tokens: 2, ${defaults} }
${serve}
search:
  space: { ${space} }
  budget: ${budget}
  ${more}
${rest}
`;

function searchOf(changes: Changes = {}): { cell: Cell; search: SearchSettings } {
  const file = parseCampaign(yaml(changes), "search.yaml");
  const [cell] = cellsOf(file);
  if (cell === undefined || file.search === null) throw new Error("no search");
  return { cell, search: file.search };
}

function planned(changes: Changes = {}): SearchPlan {
  const { cell, search } = searchOf(changes);
  const plan = planSearch(cell, search);
  if ("least" in plan) throw new Error(`needs ${plan.least.runs} runs, ${plan.least.seconds} s`);
  return plan;
}

const check = (changes: Changes) => () => {
  const file = parseCampaign(yaml(changes), "search.yaml");
  checkCampaign(file, cellsOf(file), {});
};

const noFigures: CellFigures = {
  ...{ tokensPerSecond: null, samplesPerSecond: null, ttftP50Ns: null, ttftP99Ns: null, tpotP50Ns: null },
  ...{ tpotP99Ns: null, latencyP99Ns: null, costPerMillionTokens: null, tokensPerJoule: null },
  ...{ highestValidQps: null, goodputShare: null, goodputNeeded: null },
};

function result(cell: string, figures: Partial<CellFigures>, changes: Partial<CellResult> = {}): CellResult {
  return {
    ...{ cell, labels: {}, state: "finished", runs: 1, valid: 1, folders: [], reason: null, seconds: 0 },
    ...{ serverLog: null, search: null, best: false, figures: { ...noFigures, ...figures } },
    ...changes,
  };
}

/** A made server: its TTFT passes the limit beyond 9 requests at once. */
const measured = ({ cells }: SearchRound, seconds = 0): CellResult[] =>
  cells.map(({ id, server, search }) => {
    const many = Number(server?.options["max-concurrency"]);
    const figures = {
      tokensPerSecond: 100 * many,
      ttftP99Ns: many * 1.1e8,
      costPerMillionTokens: 100 / many,
    };
    return result(id, figures, { search, seconds });
  });

describe("a search over settings of a server", () => {
  it("begins with many for a part of the time, keeps the best, and stays within its budget", () => {
    const { cell, search } = searchOf();
    let round = firstRound(cell, search);
    let spent = 0;
    const counts: number[] = [];
    const all: CellResult[] = [];
    for (;;) {
      counts.push(round.cells.length);
      spent += round.cells.length * round.share;
      expect(new Set(round.cells.map(({ id }) => id)).size).toBe(round.cells.length);
      const results = measured(round);
      all.push(...results);
      const next = nextRound(cell, round, all, search);
      if (next === null) {
        const [best] = rank(results, search);
        const options = round.cells.find(({ id }) => id === best?.cell)?.server?.options;
        expect(Number(options?.["max-concurrency"])).toBeLessThanOrEqual(9);
        expect(Number(options?.["max-concurrency"])).toBeGreaterThanOrEqual(6);
        break;
      }
      round = next;
    }
    expect(counts).toEqual(counts.toSorted((one, other) => other - one));
    expect(counts.length).toBe(3);
    expect(round.share).toBe(1);
    expect(spent).toBeLessThanOrEqual(9 + 1e-9);
  });

  it("is the same each time, and asks for one round when it is random", () => {
    const { cell, search } = searchOf();
    expect(firstRound(cell, search)).toEqual(firstRound(cell, search));
    const random = { ...search, method: "random" as const };
    const round = firstRound(cell, random);
    expect([round.cells.length, round.share]).toEqual([9, 1]);
    expect(nextRound(cell, round, measured(round), random)).toBeNull();
  });

  it("numbers its candidates the same in every round", () => {
    const { cell, search } = searchOf();
    const first = firstRound(cell, search);
    const second = nextRound(cell, first, measured(first), search);
    const settingsOf = ({ cells }: SearchRound) =>
      new Map(cells.map(({ search: place }) => [place?.candidate, place?.settings]));
    expect(second?.cells[0]?.search).toMatchObject({
      round: 2,
      rounds: 3,
      share: 1 / 3,
      combination: cell.id,
    });
    for (const [number, settings] of settingsOf(second ?? first))
      expect(settingsOf(first).get(number)).toEqual(settings);
  });
});

describe("a budget", () => {
  it("of time pays for all rounds and the starts of their servers", () => {
    for (const budget of ["15s", "20s", "1m", "10m"]) {
      const defaults = "scenario: offline, duration: 2s, min-queries: 10";
      const plan = planned({ defaults, budget: `{ time: ${budget} }` });
      expect(plan.seconds).toBeLessThanOrEqual({ "15s": 15, "20s": 20, "1m": 60, "10m": 600 }[budget] ?? 0);
      // A simulator needs a second to start, and each run four around its test.
      const least = plan.rounds.reduce((sum, { candidates }) => sum + candidates * 5, 0);
      expect(plan.seconds).toBeGreaterThan(least);
    }
  });

  it("of runs is no more than as many full runs, repeats included", () => {
    for (const runs of [2, 3, 5, 9, 24]) {
      const plan = planned({ budget: `{ runs: ${runs} }` });
      expect(plan.fullRuns).toBeLessThanOrEqual(runs + 1e-9);
      expect(plan.candidates.length).toBeGreaterThanOrEqual(2);
    }
    const repeated = planned({ budget: "{ runs: 9 }", rest: "repeats: 3" });
    expect(repeated.fullRuns).toBeLessThanOrEqual(9 + 1e-9);
  });

  it("that is small has fewer rounds, and none where it pays for no two settings", () => {
    expect(planned({ budget: "{ runs: 9 }" }).rounds).toHaveLength(3);
    expect(planned({ budget: "{ runs: 2 }" }).rounds).toHaveLength(2);
    expect(check({ budget: "{ runs: 1 }" })).toThrow("search.budget: pays for no search: it needs 2 runs");
    expect(check({ budget: "{ time: 20s }" })).toThrow("it needs 130 s, starts of servers included at least");
  });

  it("that pays for the whole space measures all of it in full", () => {
    const plan = planned({ space: "max-concurrency: [1, 2, 4], ttft: [1ms, 2ms]", budget: "{ runs: 6 }" });
    expect(plan.rounds).toMatchObject([{ share: 1, candidates: 6 }]);
    expect(new Set(plan.candidates.map((candidate) => JSON.stringify(candidate))).size).toBe(6);
  });

  it("has rounds that differ: tests that cannot be shorter are not made twice", () => {
    const defaults = "scenario: offline, duration: 1s, min-queries: 2";
    expect(planned({ defaults, budget: "{ runs: 27 }" }).rounds).toHaveLength(1);
  });

  it("of time keeps fewer candidates where servers took longer to start than was planned, or ends", () => {
    const { cell, search } = searchOf({ budget: "{ time: 20m }" });
    const first = firstRound(cell, search);
    const kept = (seconds: number) => nextRound(cell, first, measured(first, seconds), search);
    const asPlanned = kept(0);
    expect(asPlanned?.number).toBe(2);
    const slow = kept(1200 / first.cells.length / 2);
    expect(slow?.cells.length ?? 0).toBeLessThan(asPlanned?.cells.length ?? 0);
    expect(slow?.cells.length ?? 0).toBeGreaterThan(0);
    expect(kept(1200 / first.cells.length)).toBeNull();
  });

  it("of time begins no more candidates than are paid for by what the first ones took", () => {
    const { cell, search } = searchOf({ budget: "{ time: 20m }" });
    const first = firstRound(cell, search);
    const paidFor = (seconds: number) => {
      const done = measured({ ...first, cells: first.cells.slice(0, 2) }, seconds);
      return cellsPaidFor(cell, first, done, done, search);
    };
    const planned = planSearch(cell, search);
    const each = "least" in planned ? 0 : (planned.rounds[0]?.seconds ?? 0);
    expect(paidFor(each)).toBe(first.cells.length);
    const slow = paidFor(4 * each);
    expect(slow).toBeGreaterThan(2);
    // What the round takes, and a full run at the least.
    expect(slow * 4 * each).toBeLessThan(1200 - 65);
    expect(paidFor(600)).toBe(2);
    const byRuns = searchOf();
    const round = firstRound(byRuns.cell, byRuns.search);
    const done = measured({ ...round, cells: round.cells.slice(0, 2) }, 1e6);
    expect(cellsPaidFor(byRuns.cell, round, done, done, byRuns.search)).toBe(round.cells.length);
  });

  it("draws different candidates, and no more than there are", () => {
    const { search } = searchOf({ space: "max-concurrency: { from: 1, to: 3 }, ttft: [1ms, 1ms]" });
    expect(drawCandidates(search, 100)).toHaveLength(3);
    expect(drawCandidates(search, 2)).toHaveLength(2);
  });
});

describe("a part of a measurement", () => {
  const shortened = (defaults: string, rest = "", share = 1 / 9) =>
    shortenedMeasure(searchOf({ defaults, rest }).cell, share);

  it("keeps the queries that LoadGen needs for its verdict, and no more than the whole has", () => {
    const sweep = "measure: { kind: sweep, qps: 10 }";
    // At the median 7 queries are enough for early stopping.
    expect(shortened("duration: 9s, min-queries: 10", sweep).run).toMatchObject({
      minQueries: 7,
      duration: "1s",
    });
    expect(shortened("duration: 9s, min-queries: 5", sweep).run).toMatchObject({ minQueries: 5 });
    expect(shortened("scenario: offline, duration: 9s, min-queries: 3").run).toMatchObject({ minQueries: 2 });
    // Nobody said how many: a share of the default.
    expect(shortened("scenario: offline, duration: 90s").run).toMatchObject({
      minQueries: 11,
      duration: "10s",
    });
  });

  it("is never longer than the whole", () => {
    const { run, share } = shortened("scenario: offline, duration: 500ms, min-queries: 10");
    expect(run).toMatchObject({ duration: "500ms" });
    expect(share).toBe(1);
  });

  it("of a search for the highest rate has fewer queries a trial, and no duration that nobody asked for", () => {
    const { run, measure, share } = shortened(
      "scenario: server",
      "measure: { kind: find-max, resolution: 50 }",
    );
    expect(run).not.toHaveProperty("duration");
    // 500 queries make a full trial.
    expect(measure).toMatchObject({ kind: "find-max", trialQueries: 56 });
    expect(share).toBeCloseTo(56 / 500);
  });
});

describe("the best of a search", () => {
  const { search } = searchOf();
  const short = (round: number) => ({
    search: { combination: "x", candidate: 1, settings: {}, round, rounds: 3, share: 1 / 9 },
  });

  it("is found by limits first, also where LoadGen saw too few queries to say VALID", () => {
    const few = { valid: 0, ...short(1) };
    const fast = result("fast", { tokensPerSecond: 900, ttftP99Ns: 2e9 }, few);
    const near = result("near", { tokensPerSecond: 500, ttftP99Ns: 1.1e9 }, few);
    const within = result("within", { tokensPerSecond: 100, ttftP99Ns: 0.9e9 }, few);
    const unknown = result("unknown", { tokensPerSecond: 999 }, few);
    const ranked = rank([unknown, fast, near, within], search).map(({ cell }) => cell);
    expect(ranked).toEqual(["within", "near", "fast", "unknown"]);
  });

  it("counts the run's own limits by the share of requests within them", () => {
    const ttftP99Ns = 1e8;
    const late = { ttftP99Ns, tokensPerSecond: 900, goodputShare: 0.4, goodputNeeded: 0.99 };
    const good = { ttftP99Ns, tokensPerSecond: 100, goodputShare: 1, goodputNeeded: 0.99 };
    const ranked = rank(
      [result("late", late, { valid: 0, ...short(1) }), result("good", good, { valid: 0, ...short(1) })],
      search,
    );
    expect(ranked.map(({ cell }) => cell)).toEqual(["good", "late"]);
    // A run that LoadGen calls VALID kept each of its limits, though fewer requests kept both.
    expect(keeps(result("valid", { ...late, goodputShare: 0.985 }), search.limits)).toBe(true);
    expect(keeps(result("invalid", good, { valid: 0 }), search.limits)).toBe(false);
  });

  it("is VALID where the runs were full ones", () => {
    const ttftP99Ns = 1e8;
    const invalid = result("invalid", { ttftP99Ns, tokensPerSecond: 900 }, { valid: 0 });
    const valid = result("valid", { ttftP99Ns, tokensPerSecond: 100 });
    expect(rank([invalid, valid], search).map(({ cell }) => cell)).toEqual(["valid", "invalid"]);
  });
});

describe("a search that could only invent its result is refused", () => {
  it("at a fixed rate, which decides the tokens a second", () => {
    const fixed = "scenario: server, target-qps: 5, duration: 60s";
    expect(check({ defaults: fixed })).toThrow("cannot be told at a fixed rate");
    expect(check({ defaults: fixed, more: "objective: cheapest" })).toThrow("measure: find-max");
    expect(check({ defaults: "duration: 60s", rest: "measure: find-max" })).not.toThrow();
  });

  it("for the cheapest without a price", () => {
    const cheapest = { more: "objective: cheapest" };
    expect(check(cheapest)).toThrow("cheapest needs a price");
    const priced = "scenario: offline, duration: 60s, price-per-hour: 2";
    expect(check({ ...cheapest, defaults: priced })).not.toThrow();
  });

  it("over a server that nobody starts", () => {
    expect(check({ serve: "endpoint: http://127.0.0.1:1" })).toThrow("needs a server that is started");
  });

  it("over settings that the server does not have, or values that it does not take", () => {
    expect(check({ space: "max-concurency: [1, 2]" })).toThrow(
      "maxConcurency: is no setting of sim; did you mean maxConcurrency?",
    );
    const vllm = { serve: "serve: vllm" };
    expect(check({ ...vllm, space: "max-num-seqs: [16, 32]" })).toThrow("is no setting of vllm");
    expect(check({ ...vllm, space: "max-concurrency: [16, 32, many]" })).toThrow("maxConcurrency");
    expect(check({ ...vllm, space: "gpu-memory-share: { from: 0.5, to: 2, whole: false }" })).toThrow(
      "above 0 and up to 1",
    );
    expect(check({ ...vllm, space: "max-concurrency: [16, 32, 64]" })).not.toThrow();
  });

  it("of official tests by shares of a length that stands in a conf", () => {
    const defaults = "scenario: offline, benchmark: llama3.1-8b";
    expect(check({ defaults })).toThrow("give duration and min-queries");
    expect(check({ defaults, more: "method: random" })).not.toThrow();
  });

  it("of settings that an axis decides", () => {
    const rest = "axes: { serve.max-concurrency: [1, 2] }";
    expect(check({ rest })).toThrow("tries the same for serve.max-concurrency=1 and serve.max-concurrency=2");
  });
});

describe("a campaign with a search", () => {
  it("tells its plan first, and its rounds and its best in all results", {
    tags: ["slow"],
    timeout: 120_000,
  }, () => {
    const path = join(folder, "halving.yaml");
    writeFileSync(
      path,
      yaml({
        defaults: "scenario: offline, target-qps: 400, duration: 3s, min-queries: 10",
        serve: "serve: { kind: sim, ttft: 20ms, itl: 1ms }",
        space: "max-concurrency: [2, 4, 8]",
        budget: "{ runs: 2 }",
        more: "keep-one-of: 3",
      }),
    );
    const flexbench = (...args: string[]) =>
      spawnSync(process.execPath, [cli, "campaign", ...args], { cwd: folder, encoding: "utf8" });
    const file = readCampaignFile(path);
    const plan = planCampaign(file, cellsOf(file));
    expect(planTables(plan, [])).toMatch(/1 of 2 +3 +33 % +18 s\n.* 2 of 2 +1 +100 % +8 s/);
    expect(planSentence(plan)).toContain("1 search, 4 server starts, as long as 2 full runs: about 26 s");
    expect(planAsJson(plan)).toMatchObject({ search: [{ rounds: [{ candidates: 3 }, { candidates: 1 }] }] });
    const campaign = join(folder, "halving");
    const done = flexbench(path, "--output", campaign);
    expect(done.stderr).toContain("Round 1 of 2 of the search: 3 cells for 33 % of the time.");
    expect(done.status).toBe(0);
    expect(done.stdout).toContain("best  max-concurrency=8");
    const results = JSON.parse(readFileSync(join(campaign, "results.json"), "utf8")) as CellResult[];
    expect(results.map(({ search }) => search?.round)).toEqual([1, 1, 1, 2]);
    expect(results.filter(({ best }) => best)).toMatchObject([
      { labels: { "max-concurrency": "8" }, search: { candidate: 3, round: 2, share: 1 }, valid: 1 },
    ]);
    expect(results.every(({ seconds }) => seconds > 1)).toBe(true);
    const csv = readFileSync(join(campaign, "results.csv"), "utf8").split("\n");
    expect(csv[0]).toContain("candidate,round,share,best");
    expect(csv[4]).toContain(",3,2,1,true,");
    expect(readFileSync(join(campaign, "results.md"), "utf8")).toContain("| 2 of 2 | 100 % | best |");
    const page = readFileSync(join(campaign, "report.html"), "utf8");
    expect(page).toContain("max-concurrency=8, round 2 of 2 at 100 %, best");
    // All is there: nothing is measured again, and the best is the same.
    const again = flexbench("resume", campaign);
    expect(again.stderr).not.toContain("Handed over");
    expect(again.stdout).toMatch(/2 of 2 +100 % +best/);
    expect(again.stdout).toContain("best  max-concurrency=8");
  });
});
