import { describe, expect, it } from "vitest";
import { whyNotValid } from "#src/campaign/certain-outcome.js";
import { findMax, type SearchOptions, type TrialRequest } from "#src/campaign/find-max.js";
import { seededRandom } from "#src/dataset/seeded-random.js";
import { allowedOverLatency, mostQueries, queriesNeeded } from "#src/loadgen/early-stopping.js";
import type { Snapshot } from "#src/sut/snapshot.js";
import { type SlotServer, simulatedLimit, simulatedVerdict } from "./queue-simulation.ts";

const usual: SearchOptions = { startQps: 10, resolution: 0.05, confirmations: 2, mostTrials: 80 };

describe("a trial cannot become VALID any more", () => {
  const why = (snapshot: Partial<Snapshot>, maxErrorRate = 0.01) =>
    whyNotValid(
      {
        kind: "snapshot",
        phase: "performance",
        durationNs: 1e6,
        snapshot: {
          ...{ elapsedNs: 1e9, issued: 500, completed: 0, failed: 0, outputTokens: 0, recentTtftNs: null },
          ...snapshot,
        },
      },
      maxErrorRate,
    )?.reason ?? null;

  it("when more are over the limit than LoadGen lets pass", () => {
    expect(why({ overLatency: { count: 3, allowed: 3 } })).toBeNull();
    expect(why({ overLatency: { count: 4, allowed: 3 } })).toMatch(/over their limit/);
    expect(why({ overLatency: { count: 4, allowed: -1 } })).toBeNull();
  });

  it("when more failed than are allowed of all, and the server answers some", () => {
    const most = { mostQueries: 1000, completed: 100 };
    expect(why({ ...most, failed: 10 })).toBeNull();
    expect(why({ ...most, failed: 11 })).toMatch(/requests failed/);
    expect(why({ ...most, failed: 1 }, 0)).toMatch(/requests failed/);
    expect(why({ ...most, failed: 0 }, 0)).toBeNull();
    expect(why({ ...most, failed: 500, completed: 99 })).toBeNull();
    expect(why({ failed: 500, completed: 500 })).toBeNull();
  });
});

describe("LoadGen's early stopping", () => {
  // Totals that LoadGen 6.0.17 itself asks for, by percentile and over-latency queries.
  it.each([
    [0.9, 0, 44],
    [0.9, 1, 64],
    [0.9, 2, 81],
    [0.9, 10, 197],
    [0.97, 0, 152],
    [0.97, 1, 219],
    [0.99, 0, 459],
    [0.99, 1, 662],
    [0.99, 2, 838],
    [0.99, 5, 1307],
    [0.99, 10, 2010],
    [0.99, 100, 12_571],
    [0.999, 0, 4603],
    [0.999, 1, 6636],
  ])("at %d lets %d be over the limit among %d queries", (fraction, over, queries) => {
    expect(queriesNeeded(over, fraction)).toBe(queries);
    expect(allowedOverLatency(queries, fraction)).toBe(over);
    expect(allowedOverLatency(queries - 1, fraction)).toBe(over - 1);
  });

  it("allows nothing where there are too few queries for any VALID", () => {
    expect(allowedOverLatency(0, 0.99)).toBe(-1);
    expect(allowedOverLatency(458, 0.99)).toBe(-1);
  });

  it("counts on more queries than the duration is expected to bring", () => {
    expect(mostQueries(1000, 1, 50)).toBe(1000);
    expect(mostQueries(1000, 60_000, 100)).toBe(6000 + Math.ceil(5 * Math.sqrt(6000)) + 10);
  });
});

describe("the search on simulated queues", () => {
  const servers: [string, SlotServer][] = [
    ["few slots, a tight limit", { slots: 8, service: 0.1, spread: 0, firstToken: 0.02, ttftLimit: 0.2 }],
    ["few slots, a loose limit", { slots: 8, service: 0.1, spread: 0.5, firstToken: 0.02, ttftLimit: 0.5 }],
    ["many slots", { slots: 32, service: 0.2, spread: 0.3, firstToken: 0.05, ttftLimit: 0.3 }],
    [
      "many slots, a limit without slack",
      { slots: 64, service: 0.2, spread: 0.3, firstToken: 0.02, ttftLimit: 0.1 },
    ],
  ];

  it.each(servers)("%s: within 5 %% of the limit of long runs, ten seeds of ten", async (_, server) => {
    const limit = simulatedLimit(server, 10_000, 40);
    for (let seed = 1; seed <= 10; seed++) {
      const result = await findMax(
        { ...usual, startQps: limit * ([0.05, 0.5, 3][seed % 3] ?? 1) },
        async (trial) =>
          simulatedVerdict(
            server,
            trial.qps,
            trial.length === "short" ? 662 : 5000,
            1000 * seed + trial.index,
          ),
      );
      expect(result).toMatchObject({ found: true, confirmations: 2, resolution: 0.05 });
      expect(Math.abs((result.qps ?? 0) / limit - 1)).toBeLessThan(0.05);
      expect(result.limit?.low).toBeLessThan(result.limit?.high ?? 0);
    }
  });
});

describe("the search on a thousand systems whose verdicts are a matter of chance near the limit", () => {
  it("comes within 5 % in 99 of 100, and seldom needs many trials", async () => {
    const random = seededRandom(3, 0);
    const errors: number[] = [];
    const trials: number[] = [];
    for (let system = 0; system < 1000; system++) {
      const limit = 10 ** (4 * random() - 1);
      const scale = 0.003 + 0.015 * random();
      const startQps = limit * 10 ** (3 * random() - 2);
      const result = await findMax({ ...usual, startQps }, async ({ qps }) => {
        return random() < 1 / (1 + Math.exp(Math.log(qps / limit) / scale));
      });
      expect(result.found).toBe(true);
      errors.push(Math.abs((result.qps ?? 0) / limit - 1));
      trials.push(result.trials.length);
    }
    const beyond = errors.filter((error) => error > 0.05);
    expect(beyond.length).toBeLessThanOrEqual(10);
    expect(trials.toSorted((a, b) => a - b)[500]).toBeLessThan(30);
  });
});

describe("the search", () => {
  const sharp =
    (limit: number) =>
    async ({ qps }: TrialRequest) =>
      qps <= limit;

  it("finds a sharp limit and stays below it", async () => {
    const result = await findMax(usual, sharp(137));
    expect(result.qps).toBeLessThanOrEqual(137);
    expect(result.qps).toBeGreaterThan(137 * 0.95);
    expect(result.trials.slice(-2)).toMatchObject([
      { purpose: "confirm", qps: result.qps, valid: true, length: "full" },
      { purpose: "confirm", qps: result.qps, valid: true, length: "full" },
    ]);
    expect(result.trials.map(({ index }) => index)).toEqual(result.trials.map((_, index) => index));
  });

  it("is nearer with a finer resolution, and takes more trials", async () => {
    const coarse = await findMax({ ...usual, resolution: 0.2 }, sharp(137));
    const fine = await findMax({ ...usual, resolution: 0.02 }, sharp(137));
    expect(fine.qps).toBeGreaterThan(137 * 0.98);
    expect(fine.trials.length).toBeGreaterThan(coarse.trials.length);
  });

  it("learns from a confirmation that fails and confirms anew", async () => {
    let confirmations = 0;
    const result = await findMax(usual, async (trial) => {
      if (trial.purpose === "confirm") confirmations += 1;
      return confirmations === 2 && trial.purpose === "confirm" ? false : trial.qps <= 137;
    });
    expect(result.found).toBe(true);
    expect(result.trials.filter(({ purpose }) => purpose === "confirm").length).toBeGreaterThanOrEqual(4);
    expect(result.trials.slice(-2).every(({ valid, qps }) => valid && qps === result.qps)).toBe(true);
  });

  it("asks for as many confirmations in a row as wished", async () => {
    const result = await findMax({ ...usual, confirmations: 5 }, sharp(42));
    expect(result.confirmations).toBe(5);
    expect(result.trials.slice(-5).every(({ purpose }) => purpose === "confirm")).toBe(true);
  });

  it("says so when no rate at all is VALID", async () => {
    const result = await findMax(usual, async () => false);
    expect(result).toMatchObject({ qps: null, found: false, confirmations: 0, limit: null });
    expect(result.trials.length).toBeLessThan(30);
  });

  it("gives up after its trials, with the best that was VALID and without a claim", async () => {
    const result = await findMax({ ...usual, mostTrials: 12 }, sharp(137));
    expect(result.found).toBe(false);
    expect(result.trials).toHaveLength(12);
    expect(result.qps ?? 0).toBeLessThanOrEqual(137);
  });

  it("gives up too where every rate is VALID", async () => {
    const result = await findMax({ ...usual, mostTrials: 15 }, async () => true);
    expect(result).toMatchObject({ qps: null, found: false });
  });

  it("is the same search again for the same verdicts, so that it can go on after an interruption", async () => {
    const first = await findMax(usual, sharp(88.8));
    const replayed = await findMax(usual, async ({ index }) => first.trials[index]?.valid ?? false);
    expect(replayed).toEqual(first);
  });

  it("lets an error of a trial through", async () => {
    await expect(
      findMax(usual, async () => {
        throw new Error("the server is gone");
      }),
    ).rejects.toThrow("the server is gone");
  });
});
