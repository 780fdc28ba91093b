import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it, test } from "vitest";
import { bootstrapInterval } from "#src/accuracy/bootstrap.js";
import { boxedContent } from "#src/accuracy/boxed-content.js";
import { builtinMetrics } from "#src/accuracy/builtin-metrics.js";
import { pairedDifferences } from "#src/accuracy/compare-answers.js";
import { defineMetric, type MetricAnswer, type MetricModule } from "#src/accuracy/define-metric.js";
import { contains, exactMatch } from "#src/accuracy/exact-match.js";
import { judgeAccuracy, targetsOf } from "#src/accuracy/judge-accuracy.js";
import { loadMetric } from "#src/accuracy/load-metric.js";
import { finalAnswer, mathEquals } from "#src/accuracy/math-equivalence.js";
import { chosenLetter } from "#src/accuracy/multiple-choice.js";
import { finalNumber, gsm8k } from "#src/accuracy/number-answer.js";
import { officialAccuracy } from "#src/accuracy/official-accuracy.js";
import { outputLength } from "#src/accuracy/output-length.js";
import { rouge } from "#src/accuracy/rouge.js";
import { scoreAnswers } from "#src/accuracy/score-answers.js";
import { UsageError } from "#src/errors.js";
import { temporaryFolder } from "./child-script.ts";

function answersOf(pairs: readonly (readonly [answer: string, reference: string | null])[]): MetricAnswer[] {
  return pairs.map(([answer, reference], index) => ({
    index,
    prompt: `question ${index}`,
    answer,
    reference,
    outputTokens: 10 + index,
  }));
}

const figuresOf = async (metric: MetricModule, pairs: Parameters<typeof answersOf>[0]) =>
  (await scoreAnswers(metric, answersOf(pairs), 1)).metrics;

describe("exact-match", () => {
  it.each([
    ["Paris", "paris", 100],
    [" The  femur. ", "the femur", 100],
    ["**56**", "56", 100],
    ["3.5", "35", 0],
    ["Paris, France", "Paris", 0],
    ["", "Paris", 0],
    ["-5", "5", 0],
    ["1,000", "1000.", 100],
    ["A", "a.", 100],
    ["", "A", 0],
    ["don't", "'don't'", 100],
  ])("%j against %j is %d", async (answer, reference, score) => {
    const figures = await figuresOf(exactMatch, [[answer, reference]]);
    expect(figures).toEqual({ exact_match: score });
  });
});

describe("contains", () => {
  it.each([
    ["The capital of France is Paris.", "Paris", 100],
    ["It is in comparison to others", "Paris", 0],
    ["Parisian", "Paris", 0],
    ["The answer is 366 days", "366", 100],
    ["the answer is 3660", "366", 0],
    ["Plants take in Carbon Dioxide (CO2).", "carbon dioxide", 100],
    ["anything", "the", 0],
  ])("%j holding %j is %d", async (answer, reference, score) => {
    expect(await figuresOf(contains, [[answer, reference]])).toEqual({ contains: score });
  });
});

describe("the final number", () => {
  it.each([
    ["48/2 = 24, so 48+24 = 72\n#### 72", 72],
    ["#### 1,250.50", 1250.5],
    ["So she pays $18. The answer is $20.", 20],
    ["The answer is 7. That took 3 steps.", 7],
    ["First 5, then 8, in all 13", 13],
    ["It costs -3.25 dollars", -3.25],
    ["Answer: 1,000,000 people", 1e6],
    ["a half is .5", 0.5],
    ["no number", null],
    ["", null],
    ["The answer is not known, but 4 fits", 4],
  ])("of %j is %j", (text, number) => {
    expect(finalNumber(text)).toBe(number);
  });

  it("is what gsm8k compares", async () => {
    const figures = await figuresOf(gsm8k, [
      ["The answer is 18.", "9 eggs … #### 18"],
      ["The answer is 18.0", "#### 18"],
      ["19", "#### 18"],
      ["none", "#### 18"],
    ]);
    expect(figures).toEqual({ gsm8k: 50 });
  });
});

describe("the chosen letter", () => {
  it.each([
    ["A", "A"],
    ["(c)", "C"],
    ["B. Because of the rain", "B"],
    ["The answer is (D).", "D"],
    ["**Answer: E**", "E"],
    ["Answer: A … no wait.\nFinal answer: J", "J"],
    ["So \\boxed{B} it is", "B"],
    ["\\boxed{\\text{C}}", "C"],
    ["I would choose option F here", "F"],
    ["Of (A) and (B), (B) fits", "B"],
    ["A dog is an animal", null],
    ["I think so", null],
    ["The answer is Berlin", null],
    ["", null],
  ])("of %j is %j", (text, letter) => {
    expect(chosenLetter(text)).toBe(letter);
  });
});

describe("MATH", () => {
  it.each([
    ["\\frac{1}{2}", "\\dfrac12"],
    ["0.5", "\\frac{1}{2}"],
    [".5", "0.50"],
    ["1/2", "\\tfrac{1}{2}"],
    ["-\\frac{3}{4}", "\\frac{-3}{4}"],
    ["1\\frac{1}{2}", "1.5"],
    ["1,000", "1000"],
    ["12{,}345", "12345"],
    ["$42$", "42"],
    ["\\$42", "42"],
    ["50\\%", "50"],
    ["90^\\circ", "90"],
    ["x = 5", "5"],
    ["\\left( 1, \\frac{1}{2} \\right)", "(1,0.5)"],
    ["[0, \\infty)", "[0,∞)"],
    ["\\{1,2,3\\}", "\\{3, 2, 1\\}"],
    ["1, 2", "2,1"],
    ["\\sqrt2", "\\sqrt{2}"],
    ["\\text{Tuesday}", "Tuesday"],
    ["12\\text{ cm}^2", "12"],
    ["2\\pi", "2 π"],
    ["3\\cdot 10", "3 * 10"],
  ])("%j equals %j", (one, other) => {
    expect(mathEquals(one, other)).toBe(true);
    expect(mathEquals(other, one)).toBe(true);
  });

  it.each([
    ["\\frac{1}{2}", "\\frac{2}{1}"],
    ["(1,2)", "(2,1)"],
    ["(1,2)", "[1,2]"],
    ["5", "-5"],
    ["1000", "100"],
    ["1,2", "12"],
    ["x+1", "x+2"],
    ["", ""],
    ["", "5"],
    // No algebra is done: docs/accuracy.md says so.
    ["2\\sqrt{2}", "\\sqrt{8}"],
    ["1+x", "x+1"],
  ])("%j does not equal %j", (one, other) => {
    expect(mathEquals(one, other)).toBe(false);
  });

  test("boxes and final answers", () => {
    expect(boxedContent("so \\boxed{1} or \\boxed{\\frac{1}{2}}.")).toBe("\\frac{1}{2}");
    expect(boxedContent("\\boxed{\\{1,2\\}}")).toBe("\\{1,2\\}");
    expect(boxedContent("\\boxed{1")).toBeNull();
    expect(finalAnswer("Thus $x=3$ and the answer is $7$.")).toBe("7");
    expect(finalAnswer("we get \\(y = 2\\)")).toBe("y = 2");
    expect(finalAnswer("12")).toBe("12");
  });
});

describe("rouge", () => {
  it("is in percent, with lengths as MLPerf counts them", async () => {
    const figures = await figuresOf(rouge, [
      ["Rain fell. It was cold.", "Rain fell. It was cold."],
      ["🙂 sun", "snow"],
    ]);
    expect(figures).toEqual({
      rouge1: 50,
      rouge2: 50,
      rougeL: 50,
      rougeLsum: 50,
      gen_len: 23 + 5,
      tokens_per_sample: 10.5,
    });
  });

  it("counts no tokens that the log does not tell", async () => {
    const [answer] = answersOf([["a", null]]);
    const untold = [{ ...(answer as MetricAnswer), outputTokens: null }];
    expect((await scoreAnswers(outputLength, untold, 1)).metrics).toEqual({ gen_len: 1 });
  });
});

describe("metrics of users", () => {
  const pairs = [
    ["yes", "yes"],
    ["no", "yes"],
  ] as const;

  it("give numbers, truths or several scores, sample by sample", async () => {
    const same = defineMetric({ name: "same", description: "", perSample: (a) => a.answer === a.reference });
    expect(await figuresOf(same, pairs)).toEqual({ same: 50 });
    const length = defineMetric({ name: "length", description: "", perSample: async (a) => a.answer.length });
    expect(await figuresOf(length, pairs)).toEqual({ length: 2.5 });
    const several = defineMetric({
      name: "several",
      description: "",
      aggregates: { most: (scores: readonly number[]) => Math.max(...scores), total: "sum" },
      perSample: ({ answer }: MetricAnswer) => ({
        most: answer.length,
        total: answer.length,
        good: answer === "no",
      }),
    });
    expect(await figuresOf(several, pairs)).toEqual({ most: 3, total: 5, good: 50 });
  });

  it("score the whole set, with or without scores of samples", async () => {
    const whole = defineMetric({ name: "whole", description: "", score: (all) => ({ count: all.length }) });
    expect(await scoreAnswers(whole, answersOf(pairs), 1)).toEqual({
      metrics: { count: 2 },
      intervals: {},
      scores: null,
    });
    const each = defineMetric({
      name: "each",
      description: "",
      score: (all) => all.map(({ index }) => index),
    });
    expect(await scoreAnswers(each, answersOf(pairs), 1)).toMatchObject({
      metrics: { each: 0.5 },
      scores: [{ each: 0 }, { each: 1 }],
    });
  });

  it.each<[string, Partial<MetricModule>, string, RegExp]>([
    [
      "throws",
      {
        perSample: () => {
          throw new Error("no such word");
        },
      },
      "METRIC_FAILED",
      /it threw: no such word/,
    ],
    [
      "gives text",
      { perSample: () => "good" as unknown as number },
      "METRIC_RESULT_INVALID",
      /sample 0: odd must be a number/,
    ],
    ["gives NaN", { perSample: () => Number.NaN }, "METRIC_RESULT_INVALID", /not NaN/],
    ["gives nothing", { perSample: () => ({}) }, "METRIC_RESULT_INVALID", /it gave no score/],
    [
      "changes names",
      { perSample: ({ index }) => ({ [`s${index}`]: 1 }) },
      "METRIC_RESULT_INVALID",
      /sample 1: its scores have other names/,
    ],
    [
      "adds up to NaN",
      { perSample: () => 1, aggregates: { odd: () => Number.NaN } },
      "METRIC_RESULT_INVALID",
      /aggregate of odd: it must give a number, not NaN/,
    ],
    [
      "throws at the end",
      {
        perSample: () => 1,
        aggregates: {
          odd: () => {
            throw new Error("no sum");
          },
        },
      },
      "METRIC_FAILED",
      /aggregate of odd: it threw: no sum/,
    ],
    ["gives too few", { score: () => [1] }, "METRIC_RESULT_INVALID", /it gave 1 results for 2 answers/],
  ])("that %s", async (_, module, code, message) => {
    const metric = { name: "odd", description: "", ...module };
    const error = await scoreAnswers(metric, answersOf(pairs), 1).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(UsageError);
    expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
  });
});

describe("metric modules", () => {
  const folder = temporaryFolder();
  const write = (name: string, text: string) => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  };

  it("are built in, or files of users", async () => {
    for (const metric of builtinMetrics) expect(await loadMetric(metric.name)).toBe(metric);
    const path = write("good.mjs", 'export default { name: "mine", description: "", perSample: () => 7 };');
    expect(await figuresOf(await loadMetric(path), [["a", "b"]])).toEqual({ mine: 7 });
    const example = fileURLToPath(new URL("../examples/custom-metric.mjs", import.meta.url));
    expect(await figuresOf(await loadMetric(example), [["The river Nile", "Nile river delta"]])).toEqual({
      word_recall: 200 / 3,
      words: 3,
      brief: 100,
    });
    expect(readFileSync(example, "utf8").split("\n").length).toBeLessThan(40);
  });

  it.each([
    ["none.mjs", "export const metric = {};", /no default export/],
    ["empty.mjs", 'export default { name: "x", description: "" };', /either perSample or score/],
    [
      "both.mjs",
      'export default { name: "x", description: "", perSample: () => 1, score: () => [] };',
      /either perSample or score/,
    ],
    [
      "text.mjs",
      'export default { name: "x", description: "", perSample: "no" };',
      /perSample: it must be a function/,
    ],
    [
      "sums.mjs",
      'export default { name: "x", description: "", perSample: () => 1, aggregates: { x: "median" } };',
      /aggregates\.x: it must be "mean", "sum" or a function/,
    ],
    ["broken.mjs", "export default {", /cannot be imported/],
  ])("%s is refused", async (name, text, message) => {
    await expect(loadMetric(write(name, text))).rejects.toMatchObject({
      code: "METRIC_MODULE_INVALID",
      message: expect.stringMatching(message),
      hint: expect.stringContaining("defineMetric"),
    });
  });

  it("that are not there are told, with the nearest name", async () => {
    await expect(loadMetric("rogue")).rejects.toMatchObject({
      code: "METRIC_NOT_FOUND",
      hint: expect.stringContaining("rouge"),
    });
    await expect(loadMetric("./nowhere.mjs")).rejects.toMatchObject({ code: "METRIC_NOT_FOUND" });
  });

  it("are all in docs/accuracy.md, with the official targets", () => {
    const page = readFileSync(new URL("../docs/accuracy.md", import.meta.url), "utf8");
    for (const { name } of builtinMetrics) expect(page).toContain(`| \`${name}\` |`);
    const plain = page.replaceAll(/(?<=\d),(?=\d)/g, "");
    for (const [benchmark, { floors, ceilings, samples }] of Object.entries(officialAccuracy)) {
      if (benchmark === "llama2-70b-99") continue;
      const row = plain.split("\n").find((line) => line.startsWith(`| \`${benchmark}\``)) ?? "";
      for (const figure of [...Object.values(floors), ...Object.values(ceilings), samples]) {
        const told = row.match(/\d+(\.\d+)?(?=[,| ])/g)?.map(Number) ?? [];
        expect(
          told.some((number) => Math.abs(number - figure) < 0.6 * 10 ** (figure > 1e5 ? 0 : -2)),
          `${benchmark} ${figure}`,
        ).toBe(true);
      }
    }
  });
});

describe("intervals by bootstrap", () => {
  const coins = Array.from({ length: 400 }, (_, index) => (index % 4 === 0 ? 100 : 0));

  it("are those of the binomial, and the same for the same seed", () => {
    const interval = bootstrapInterval(coins, "mean", 7);
    // 25 % ± 1.96 · √(0.25 · 0.75 / 400) = 20.8 … 29.2
    expect(interval?.low).toBeGreaterThan(19.5);
    expect(interval?.low).toBeLessThan(22);
    expect(interval?.high).toBeGreaterThan(28);
    expect(interval?.high).toBeLessThan(30.5);
    expect(bootstrapInterval(coins, "mean", 7)).toEqual(interval);
    expect(bootstrapInterval(coins, "mean", 8)).not.toEqual(interval);
  });

  it("follow the aggregate", () => {
    expect(bootstrapInterval([5, 5, 5], "sum", 1)).toEqual({ low: 15, high: 15 });
    expect(bootstrapInterval([1, 9], (scores) => Math.max(...scores), 1)).toEqual({ low: 1, high: 9 });
    expect(bootstrapInterval([3], "mean", 1)).toBeNull();
  });
});

describe("two runs of the same samples", () => {
  const runOf = (name: string, scores: readonly number[], figure = "exact_match") => ({
    name,
    scores: new Map(scores.map((score, index) => [index, { [figure]: score }])),
  });
  const base = Array.from({ length: 200 }, (_, index) => (index % 2 === 0 ? 100 : 0));
  const compare = (second: readonly number[], figure?: string) =>
    pairedDifferences(runOf("base", base, figure), runOf("small", second, figure), () => "mean", 3)[0];

  it("are told apart when samples differ one way", () => {
    const worse = compare(base.map((score, index) => (index % 10 === 0 ? 0 : score)));
    expect(worse).toMatchObject({ verdict: "worse", first: 50, second: 40, difference: -10 });
    expect(worse?.sentence).toMatch(
      /^exact_match: small is worse than base \(−10, 95 % interval −\d.* to −\d.*, 200 samples\)\.$/,
    );
    const better = compare(base.map((score, index) => (index % 10 === 1 ? 100 : score)));
    expect(better?.sentence).toContain("small is better than base");
    expect(
      compare(
        base.map((score, index) => (index % 10 === 1 ? 100 : score)),
        "gen_len",
      )?.sentence,
    ).toContain("is longer than");
  });

  it("are not told apart when they differ both ways, however many samples do", () => {
    const same = compare(base.map((score, index) => (index % 20 < 2 ? 100 - score : score)));
    expect(same).toMatchObject({ verdict: "not told apart", difference: 0 });
    expect(same?.sentence).toContain("small is not told apart from base");
    expect(compare(base)).toMatchObject({ verdict: "not told apart", interval: { low: 0, high: 0 } });
  });

  it("are compared over the samples that both have", () => {
    const [difference] = pairedDifferences(
      runOf("base", [100, 0, 100]),
      { name: "part", scores: new Map([[2, { exact_match: 0 }]]) },
      () => "mean",
      1,
    );
    expect(difference).toMatchObject({ first: 100, second: 0, interval: null, verdict: "not told apart" });
  });
});

describe("targets", () => {
  it("are those of the official checker", () => {
    const rounded = (figures: Readonly<Record<string, number>> | undefined) =>
      Object.fromEntries(
        Object.entries(figures ?? {}).map(([name, value]) => [name, Number(value.toFixed(4))]),
      );
    expect(rounded(officialAccuracy["llama3_1-8b"]?.floors)).toEqual({
      rouge1: 38.3914,
      rouge2: 15.7484,
      rougeL: 24.2507,
      rougeLsum: 35.4351,
      gen_len: 7350879.6,
    });
    expect(rounded(officialAccuracy["llama2-70b"]?.floors)).toEqual({
      rouge1: 44.3868,
      rouge2: 22.0132,
      rougeL: 28.5876,
      tokens_per_sample: 265.005,
    });
    expect(rounded(officialAccuracy["deepseek-r1"]?.ceilings)).toEqual({ tokens_per_sample: 4274.8501 });
    expect(rounded(officialAccuracy["gpt-oss-120b"]?.floors)).toEqual({ exact_match: 82.2987 });
  });

  it("hold for the whole official set alone", () => {
    expect(targetsOf({}, "llama2-70b", 24_576).targets.floors).toHaveProperty("rouge1");
    expect(targetsOf({}, "llama2-70b-interactive", 24_576).targets.floors).toHaveProperty("rouge1");
    const part = targetsOf({ exact_match: 5 }, "llama2-70b", 50);
    expect(part.targets).toEqual({ floors: { exact_match: 5 }, ceilings: {} });
    expect(part.notes[0]).toMatch(/hold for 24576 samples; these are 50/);
    expect(targetsOf({}, null, 50)).toEqual({ targets: { floors: {}, ceilings: {} }, notes: [] });
  });

  it.each<[string, Record<string, number>, Parameters<typeof judgeAccuracy>[1], boolean | null]>([
    ["none", { a: 1 }, { floors: {}, ceilings: {} }, null],
    ["reached exactly", { a: 1 }, { floors: { a: 1 }, ceilings: {} }, true],
    ["missed", { a: 0.99 }, { floors: { a: 1 }, ceilings: {} }, false],
    ["one of two missed", { a: 2, b: 0 }, { floors: { a: 1, b: 1 }, ceilings: {} }, false],
    ["too long", { len: 12 }, { floors: {}, ceilings: { len: 11 } }, false],
    ["ceiling not measured", { a: 1 }, { floors: { a: 1 }, ceilings: { len: 11 } }, true],
    ["not measured", { a: 1 }, { floors: { a: 1, b: 1 }, ceilings: {} }, null],
    ["missed and not measured", { a: 0 }, { floors: { a: 1, b: 1 }, ceilings: {} }, false],
  ])("%s", (_, metrics, targets, passed) => {
    expect(judgeAccuracy(metrics, targets).passed).toBe(passed);
  });
});
