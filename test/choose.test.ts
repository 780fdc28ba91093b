import { beforeAll, describe, expect, it } from "vitest";
import { type Choice, choose, type Need } from "#src/predict/choose.js";
import {
  type CostAssumptions,
  costOfConfiguration,
  type UnitPrice,
  usualAssumptions,
} from "#src/predict/configuration-cost.js";
import { openPredictor, type Predictor } from "#src/predict/predictor.js";
import type { PredictorFile } from "#src/predict/predictor-file.js";
import { trainPredictor } from "#src/predict/train-predictor.js";
import { madeResults, specTables } from "./made-results.ts";

describe("the cost of an installation, by hand", () => {
  const eight = { accelerators: 8, tdpWatts: 700, neededTokensPerSecond: 20_000 };

  it("rented: 8 × $2.50 × 8,766 h a year, over 20,000 tokens/s × 31,557,600 s", () => {
    const cost = costOfConfiguration(eight, { hourly: 2.5, purchase: null }, usualAssumptions);
    expect(cost).toMatchObject({ state: "priced", perYear: 175_320, energyPerYear: 0, purchase: 0 });
    // 175,320 / 631,152 million tokens.
    expect(cost.state === "priced" && cost.perMillionTokens).toBeCloseTo(0.277_778, 6);
  });

  it("bought: 8 × $30,000 × 1.35 over 4 years, and 10.192 kW × 8,766 h × $0.12", () => {
    const assumptions: CostAssumptions = { ...usualAssumptions, pay: "purchase" };
    const cost = costOfConfiguration(eight, { hourly: 2.5, purchase: 30_000 }, assumptions);
    if (cost.state !== "priced") throw new Error("no price");
    expect(cost.purchase).toBeCloseTo(324_000, 6);
    // 8 × 700 W × 1.4 × 1.3 = 10.192 kW.
    expect(cost.kilowatts).toBeCloseTo(10.192, 9);
    expect(cost.energyPerYear).toBeCloseTo(10_721.168_64, 3);
    expect(cost.perYear).toBeCloseTo(81_000 + 10_721.168_64, 3);
    expect(cost.perMillionTokens).toBeCloseTo(91_721.168_64 / 631_152, 9);
  });

  it("twice as much a token when asked for half of the year", () => {
    const price: UnitPrice = { hourly: 1, purchase: null };
    const always = costOfConfiguration(eight, price, usualAssumptions);
    const half = costOfConfiguration(eight, price, { ...usualAssumptions, utilisation: 0.5 });
    if (always.state !== "priced" || half.state !== "priced") throw new Error("no price");
    expect(half.perMillionTokens / always.perMillionTokens).toBeCloseTo(2, 12);
    expect(half.perYear).toBe(always.perYear);
  });

  it("is unknown without a price, and for a purchase without a rating", () => {
    expect(costOfConfiguration(eight, null, usualAssumptions)).toMatchObject({ state: "unpriced" });
    const unrated = { ...eight, tdpWatts: null };
    const bought: CostAssumptions = { ...usualAssumptions, pay: "purchase" };
    expect(costOfConfiguration(unrated, { hourly: null, purchase: 9 }, bought)).toEqual({
      state: "unpriced",
      kilowatts: null,
    });
  });
});

describe("a choice", () => {
  let file: PredictorFile;
  let predictor: Predictor;
  beforeAll(() => {
    ({ file } = trainPredictor(madeResults(), specTables));
    predictor = openPredictor(file.trained);
  });
  const prices = {
    "H100-SXM-80GB": { hourly: 2, purchase: 25_000 },
    "H200-SXM-141GB": { hourly: 3, purchase: 30_000 },
    MI300X: { hourly: 2, purchase: 15_000 },
  };
  const need: Need = {
    model: "llama2-70b",
    scenario: "Offline",
    dataTypes: ["fp8"],
    tokensPerSecond: 100_000,
  };
  const chosen = (changes: Partial<Need>): Choice =>
    choose(
      { ...need, ...changes },
      { catalog: file.catalog, latest: file.trained.known.latest, predictor },
      prices,
      usualAssumptions,
    );

  it("gives enough, ranks by cost, and puts what has no price last", () => {
    const { configurations } = chosen({});
    expect(configurations.length).toBeGreaterThan(3);
    const costs = configurations.map(({ cost }) => (cost.state === "priced" ? cost.perYear : Infinity));
    expect(costs).toEqual(costs.toSorted((one, other) => one - other));
    expect(costs.at(-1)).toBe(Infinity);
    for (const one of configurations) {
      expect(one.tokensPerSecond).toBeGreaterThanOrEqual(need.tokensPerSecond);
      // One node less would not do.
      expect(one.tokensPerSecond * (1 - 1 / one.nodes)).toBeLessThan(need.tokensPerSecond);
      expect(one.accelerators).toBe(one.nodes * one.acceleratorsPerNode);
      if (one.cost.state === "priced") {
        const hourly = prices[one.accelerator as keyof typeof prices].hourly;
        expect(one.cost.perYear).toBeCloseTo(one.accelerators * hourly * 8766, 6);
      }
      expect(one.support[0]).toMatchObject({ accelerator: one.accelerator, model: "llama2-70b" });
    }
  });

  it("takes more nodes to be sure", () => {
    const sure = chosen({ size: "low", accelerators: ["L40S"] }).configurations[0];
    const middle = chosen({ accelerators: ["L40S"] }).configurations[0];
    expect(sure?.nodes).toBeGreaterThan(middle?.nodes ?? 0);
    expect(sure?.low).toBeGreaterThanOrEqual(need.tokensPerSecond);
  });

  it("keeps within what can be had, and says why others fell out", () => {
    expect(chosen({ accelerators: ["MI300X"] }).configurations.map(({ accelerator }) => accelerator)).toEqual(
      ["MI300X"],
    );
    const few = chosen({ maxNodes: 1 });
    expect(few.configurations.every(({ nodes }) => nodes === 1)).toBe(true);
    expect(few.leftOut["more nodes than allowed"]).toBeGreaterThan(0);
    const [cheapest] = chosen({}).configurations;
    const budget = cheapest?.cost.state === "priced" ? cheapest.cost.perYear : 0;
    const within = chosen({ budgetPerYear: budget });
    expect(within.configurations).toHaveLength(1);
    expect(within.leftOut["no price, but a budget"]).toBeGreaterThan(0);
    expect(within.leftOut["beyond the budget"]).toBeGreaterThan(0);
  });

  it("never combines what cannot be", () => {
    const { configurations, leftOut } = chosen({ dataTypes: ["fp4"] });
    expect(configurations.map(({ accelerator }) => accelerator)).toEqual(["B200-SXM-180GB"]);
    expect(leftOut["the chip does not compute that type, or the engine does not run on it"]).toBe(5);
    const engines = chosen({ framework: "TensorRT-LLM" }).configurations;
    expect(engines.some(({ accelerator }) => accelerator.startsWith("MI"))).toBe(false);
  });

  it("refuses a need that is wrong, with everything that is", () => {
    expect(() => chosen({ tokensPerSecond: 0, accelerators: ["Z9"], dataTypes: ["fp3"] })).toThrow(
      /tokensPerSecond[\s\S]*Z9[\s\S]*fp3/,
    );
    expect(() => chosen({ model: "gpt-9" })).toThrow(/gpt-9 is not known/);
  });
});
