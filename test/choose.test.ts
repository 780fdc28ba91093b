import { beforeAll, describe, expect, it } from "vitest";
import { type Problem, UsageError } from "#src/errors.js";
import { type Choice, choose, type Need } from "#src/predict/choose.js";
import {
  type CostAssumptions,
  costOfConfiguration,
  type UnitPrice,
  usualAssumptions,
} from "#src/predict/configuration-cost.js";
import { openPredictor, type Predictor } from "#src/predict/predictor.js";
import type { PredictorFile } from "#src/predict/predictor-file.js";
import { soldNodes } from "#src/predict/sold-nodes.js";
import { trainPredictor } from "#src/predict/train-predictor.js";
import { madeResults, specTables } from "./made-results.ts";

function problemsOf(refused: () => unknown): readonly Problem[] {
  try {
    refused();
  } catch (error) {
    if (error instanceof UsageError) return error.problems;
    throw error;
  }
  throw new Error("was not refused");
}

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
    // Another price than that of the H100, so that no two cost the same.
    MI300X: { hourly: 2.1, purchase: 15_000 },
  };
  const need: Need = {
    model: "llama2-70b",
    scenario: "Offline",
    dataTypes: ["fp8"],
    tokensPerSecond: 100_000,
  };
  /** The chips that results were measured on; others are in the catalog too. */
  const measured = (): string[] =>
    file.catalog.chips.map(({ name }) => name).filter((name) => !file.catalog.unmeasured.includes(name));
  const chosen = (changes: Partial<Need>): Choice =>
    choose(
      { ...need, accelerators: measured(), ...changes },
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

  it("folds other types and sizes of the same chips into the best, and names it once", () => {
    const { dataTypes: _, ...open } = need;
    const { configurations } = choose(
      { ...open, accelerators: ["H200-SXM-141GB"], dataTypes: ["fp8", "bf16", "int8"], nodeSizes: [8, 4] },
      { catalog: file.catalog, latest: file.trained.known.latest, predictor },
      prices,
      usualAssumptions,
    );
    const [best, ...rest] = configurations;
    expect(configurations.length + configurations.flatMap(({ others }) => others).length).toBe(6);
    // Another row of the same chips takes fewer nodes and costs more.
    for (const one of rest) expect(one.nodes).toBeLessThan(best?.nodes ?? 0);
    expect(best?.others.length).toBeGreaterThanOrEqual(2);
    const year = best?.cost.state === "priced" ? best.cost.perYear : Number.NaN;
    expect(best?.others.every(({ perYear }) => (perYear ?? 0) > year / 1.05)).toBe(true);
    expect(best?.others.every(({ nodes }) => nodes >= (best?.nodes ?? 0))).toBe(true);
  });

  it("leaves out what was not measured on a family, unless it is named, and then warns", () => {
    const { dataTypes: _, ...open } = need;
    const sources = { catalog: file.catalog, latest: file.trained.known.latest, predictor };
    const { configurations, leftOut } = choose(open, sources, prices, usualAssumptions);
    const chips = configurations.map(({ accelerator }) => accelerator);
    expect(chips).not.toContain("TPU-v6e");
    expect(
      leftOut["no chip of the family was measured: name it, and it is ranked with a warning"],
    ).toBeGreaterThan(0);
    // H100-NVL was not measured, and its family was.
    const nvl = chosen({ accelerators: ["H100-NVL-94GB"] }).configurations[0];
    expect(nvl?.perNode.warnings.join()).toContain("No result of this chip was measured");
    const tpu = chosen({ accelerators: ["tpu-v6e"], dataTypes: ["BF16"] }).configurations[0];
    expect(tpu).toMatchObject({ accelerator: "TPU-v6e", dataType: "bf16", framework: null });
    expect(tpu?.perNode.warnings.join()).toContain("No chip of this family was measured");
    const bf16 = chosen({ accelerators: ["H100-SXM-80GB"], dataTypes: ["bf16"] }).configurations[0];
    expect(bf16?.perNode.warnings).toContain(
      "bf16 was never measured on chips of the family Hopper: this extrapolates.",
    );
    const ownWill = chosen({ accelerators: ["H100-SXM-80GB"], dataTypes: ["fp8"] }).configurations[0];
    expect(ownWill?.perNode.warnings.join()).not.toContain("was never measured on chips");
  });

  it("leaves out what costs ten times the cheapest, beyond a handful to compare with", () => {
    const dear = { hourly: 2000, purchase: null };
    const sources = { catalog: file.catalog, latest: file.trained.known.latest, predictor };
    const chips = file.catalog.chips.map(({ name }) => name);
    const table = Object.fromEntries(chips.map((name) => [name, dear]));
    const { configurations, leftOut } = choose(need, sources, { ...table, ...prices }, usualAssumptions);
    expect(configurations).toHaveLength(5);
    expect(leftOut["costs more than 10 times the cheapest"]).toBeGreaterThan(0);
  });

  it("takes whole boards of chips that come on boards, and parts of one only to rent and for a small need", () => {
    const sizes = (changes: Partial<Need>, assumptions = usualAssumptions) =>
      choose(
        { ...need, accelerators: ["H200-SXM-141GB"], ...changes },
        { catalog: file.catalog, latest: file.trained.known.latest, predictor },
        prices,
        assumptions,
      ).configurations.map(({ acceleratorsPerNode, isCloudSlice }) => [acceleratorsPerNode, isCloudSlice]);
    expect(sizes({})).toEqual([[8, false]]);
    expect(sizes({ tokensPerSecond: 100 })).toEqual([[1, true]]);
    expect(sizes({ tokensPerSecond: 100 }, { ...usualAssumptions, pay: "purchase" })).toEqual([[8, false]]);
    expect(sizes({ nodeSizes: [2] })).toEqual([[2, false]]);
    const soldAs = (name: string, perNode: Record<string, number[]> = {}) => {
      const chip = file.catalog.chips.find((one) => one.name === name);
      if (chip === undefined) throw new Error(`no ${name}`);
      return soldNodes(chip, { perNode })
        .filter(({ isCloudSlice }) => !isCloudSlice)
        .map(({ accelerators }) => accelerators);
    };
    expect(soldAs("GB300", { GB300: [4, 1] })).toEqual([4]);
    expect(soldAs("B200-SXM-180GB", { "B200-SXM-180GB": [1, 8] })).toEqual([8]);
    expect(soldAs("H100-SXM-80GB", { "H100-SXM-80GB": [8, 4, 1] })).toEqual([8, 4]);
    expect(soldAs("L40S", { L40S: [2, 1] })).toEqual([2, 1]);
    expect(soldAs("L4")).toEqual([8, 4, 2, 1]);
    expect(soldAs("Xeon-8480+")).toEqual([2]);
  });

  it("ranks a chip of one's own, by its own price", () => {
    const own = {
      ...{ name: "H20", vendor: "nvidia", family: "hopper", memoryGb: 96, memory_bandwidth_tbps: 4 },
      ...{ peak_bf16_tflops: 148, peak_fp8_tflops: 296, interconnect_gbps: 900, tdp_w: 400 },
    };
    const { configurations } = choose(
      { ...need, accelerators: ["MI300X"], chips: [own] },
      { catalog: file.catalog, latest: file.trained.known.latest, predictor },
      { ...prices, h20: { hourly: 0.01, purchase: null } },
      usualAssumptions,
    );
    expect([...new Set(configurations.map(({ accelerator }) => accelerator))]).toEqual(["H20", "MI300X"]);
    expect(configurations[0]).toMatchObject({
      framework: "TensorRT-LLM",
      perNode: { novelty: expect.arrayContaining(["new-chip"]) },
    });
  });

  it("tells energy by the rating, a year and a token, and the lengths and limits that hold", () => {
    const { configurations, work } = chosen({ accelerators: ["H100-SXM-80GB"] });
    const [one] = configurations;
    const kilowatts = ((one?.accelerators ?? 0) * 700 * 1.4 * 1.3) / 1000;
    expect(one?.energy?.kilowatts).toBeCloseTo(kilowatts, 9);
    expect(one?.energy?.kilowattHoursPerYear).toBeCloseTo(kilowatts * 8766, 6);
    expect(one?.energy?.joulesPerToken).toBeCloseTo((kilowatts * 1000) / need.tokensPerSecond, 9);
    expect(work).toMatchObject({ model: "llama2-70b", workload: "llama2-70b", ttftLimitMs: null });
    expect(work.assumed).toEqual(["promptTokens", "outputTokens"]);
  });

  it("refuses a need that is wrong, with everything that is", () => {
    expect(() => chosen({ tokensPerSecond: 0, accelerators: ["Z9"], dataTypes: ["fp3"] })).toThrow(
      /tokensPerSecond[\s\S]*Z9[\s\S]*fp3/,
    );
    expect(() => chosen({ model: "gpt-9" })).toThrow(/gpt-9 is not known/);
    expect(() => chosen({ framework: "Nonsense", tpotLimitMs: 5 })).toThrow(
      /Nonsense is not known[\s\S]*tpotLimitMs: does not apply: Offline/,
    );
    expect(
      chosen({ framework: "vllm", accelerators: ["mi300x"], dataTypes: ["FP8"] }).configurations,
    ).toHaveLength(1);
  });

  it("refuses numbers that are none, of need, prices and assumptions at once", () => {
    const refused = () =>
      choose(
        {
          ...need,
          tokensPerSecond: Number.NaN,
          maxNodes: 0.5,
          budgetPerYear: Number.NaN,
          promptTokens: Infinity,
        },
        { catalog: file.catalog, latest: file.trained.known.latest, predictor },
        { MI300X: { hourly: -2, purchase: null } },
        { ...usualAssumptions, years: 0, utilisation: 0, pue: 0.5 },
      );
    const places = problemsOf(refused).map(({ where }) => where);
    expect(places.toSorted()).toEqual([
      ...["assumptions.pue", "assumptions.utilisation", "assumptions.years", "budgetPerYear", "maxNodes"],
      ...["prices.MI300X.hourly", "promptTokens", "tokensPerSecond"],
    ]);
  });
});
