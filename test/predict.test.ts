import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { UsageError } from "#src/errors.js";
import { buildDataset } from "#src/openmlperf/build-dataset.js";
import { sourceAt } from "#src/openmlperf/build-file.js";
import { caseOfRow } from "#src/predict/case-of-row.js";
import { evaluate } from "#src/predict/evaluation/evaluate.js";
import { judgePredictor } from "#src/predict/evaluation/judge-predictor.js";
import { modelCard } from "#src/predict/evaluation/model-card.js";
import { splitsOf } from "#src/predict/evaluation/splits.js";
import { priorConstants } from "#src/predict/fit-physics.js";
import { fitProcess, leaveGroupsOut, processMean } from "#src/predict/gaussian-process.js";
import { operatingPoint } from "#src/predict/physics.js";
import { factorize, inverseOf, solveFactored } from "#src/predict/positive-definite.js";
import { openPredictor, type Predictor } from "#src/predict/predictor.js";
import type { PredictorFile } from "#src/predict/predictor-file.js";
import { caseOfQuestion, type Question } from "#src/predict/question.js";
import { trainModel } from "#src/predict/train.js";
import { trainPredictor } from "#src/predict/train-predictor.js";
import { trainingRows } from "#src/predict/training-rows.js";
import { temporaryFolder } from "./child-script.ts";
import { madeResults, madeRow, specTables } from "./made-results.ts";
import { officialData } from "./official-data.ts";

const cli = fileURLToPath(new URL("../dist/cli.js", import.meta.url));
const rows = madeResults();
const folder = temporaryFolder();
let file: PredictorFile;
let predictor: Predictor;

beforeAll(() => {
  ({ file } = trainPredictor(rows, specTables));
  predictor = openPredictor(file.trained);
});

const question: Question = {
  ...{ model: "llama2-70b", scenario: "Offline", dataType: "fp8" },
  ...{ accelerator: "H100-SXM-80GB", accelerators: 8 },
};

function ask(changes: Partial<Question>) {
  const one = caseOfQuestion({ ...question, ...changes }, file.catalog, file.trained.known.latest);
  return predictor.predict(one);
}

function predicted(changes: Partial<Question>) {
  const prediction = ask(changes);
  if (prediction.state === "refused") throw new Error(prediction.reasons.join(" "));
  return prediction;
}

describe("linear algebra of the process", () => {
  const values = Float64Array.from([4, 0, 0, 2, 5, 0, 1, 3, 6]);
  const whole = [4, 2, 1, 2, 5, 3, 1, 3, 6];

  it("solves and inverts", () => {
    const factor = { size: 3, values: values.slice() };
    factorize(factor);
    const solution = solveFactored(factor, [7, 10, 10]);
    expect([...solution].map((value) => Math.round(value * 1e9) / 1e9)).toEqual([1, 1, 1]);
    const inverse = inverseOf(factor).values;
    for (const row of [0, 1, 2])
      for (const column of [0, 1, 2]) {
        const product = [0, 1, 2].reduce(
          (sum, k) => sum + (whole[row * 3 + k] ?? 0) * (inverse[k * 3 + column] ?? 0),
          0,
        );
        expect(product).toBeCloseTo(row === column ? 1 : 0, 12);
      }
  });

  it("refuses what is not positive definite", () => {
    expect(() => factorize({ size: 2, values: Float64Array.from([1, 0, 2, 1]) })).toThrow(RangeError);
  });

  it("leaves groups out exactly as if they had never been there", () => {
    const inputs = Array.from({ length: 12 }, (_, index) => Float64Array.from([index / 3, Math.sin(index)]));
    const told = inputs.map((_, index) => Math.cos(index / 2));
    const settings = { near: 0.5, far: 0.3, linear: 0.01, noise: 0.05 };
    const trust = told.map((_, index) => (index % 3 === 0 ? 0.5 : 1));
    const groups = told.map((_, index) => `${index % 4}`);
    const process = fitProcess(inputs, told, trust, settings);
    const short = leaveGroupsOut(process, inverseOf(process.factor), groups);
    for (const group of ["0", "1", "2", "3"]) {
      const kept = [...told.keys()].filter((index) => groups[index] !== group);
      const without = fitProcess(
        kept.map((index) => inputs[index] as Float64Array),
        kept.map((index) => told[index] as number),
        kept.map((index) => trust[index] as number),
        settings,
      );
      for (const index of told.keys())
        if (groups[index] === group) {
          const mean = processMean(without, inputs[index] as Float64Array);
          expect((told[index] ?? 0) - (short[index]?.residual ?? 0)).toBeCloseTo(mean, 9);
        }
    }
  });
});

describe("the physics", () => {
  const one = () => caseOfQuestion(question, file.catalog, file.trained.known.latest);
  const point = (changes: Partial<ReturnType<typeof one>>) => {
    const found = operatingPoint({ ...one(), ...changes }, priorConstants());
    if (found === null) throw new Error("does not fit");
    return found;
  };

  it("gives no more than the bounds of compute and memory", () => {
    const { chip, model, promptTokens, outputTokens } = one();
    const { tokensPerSecond } = point({});
    const operations = 2 * model.activeParameters * (1 + promptTokens / outputTokens);
    expect(tokensPerSecond).toBeLessThan(((chip.peak_fp8_tflops ?? 0) * 1e12) / operations);
    expect(tokensPerSecond).toBeGreaterThan(0);
  });

  it("gives less under a tighter limit, with a smaller batch whose step is within it", () => {
    const loose = point({ scenario: "Server", tpotLimitMs: 200 });
    const tight = point({ scenario: "Interactive", tpotLimitMs: 20 });
    expect(tight.tokensPerSecond).toBeLessThan(loose.tokensPerSecond);
    expect(tight.batch).toBeLessThan(loose.batch);
    expect(tight.stepSeconds).toBeLessThanOrEqual(0.0201);
  });

  it("spreads a model that does not fit on one chip", () => {
    expect(point({ dataType: "bf16" }).copies).toBeGreaterThanOrEqual(2);
    expect(operatingPoint({ ...one(), dataType: "bf16", accelerators: 1 }, priorConstants())).toBeNull();
  });
});

describe("training", () => {
  it("gives the same predictor each time, as plain JSON", () => {
    const again = trainPredictor(rows, specTables).file;
    expect(JSON.stringify(again)).toBe(JSON.stringify(file));
    const reread = openPredictor((JSON.parse(JSON.stringify(file)) as PredictorFile).trained);
    const one = caseOfQuestion(question, file.catalog, file.trained.known.latest);
    expect(reread.predict(one)).toEqual(predictor.predict(one));
  });

  it("takes one row a measurement, and nothing of the sealed round", () => {
    const [row] = rows;
    if (row === undefined) throw new Error("no row");
    const passed = (changes: object) => caseOfRow({ ...row, ...changes }, specTables);
    expect(passed({ round: "v6.1" })).toEqual({ state: "unusable", why: "round is sealed" });
    expect(passed({ duplicate_of: "other" })).toMatchObject({ why: "duplicate" });
    expect(passed({ accelerator_mix: "[]" })).toMatchObject({ why: "mixed accelerators" });
    expect(passed({ tokens_per_second: null })).toMatchObject({ why: "no tokens a second" });
    expect(passed({ flags: "changed-model" })).toMatchObject({ state: "unusable" });
    expect(passed({ flags: "below-capacity" })).toMatchObject({ state: "usable", trust: 0.2 });
    const sealed = rows.map((other) => ({ ...other, id: `${other.id}-later`, round: "v6.1" }));
    expect(JSON.stringify(trainPredictor([...rows, ...sealed], specTables).file)).toBe(JSON.stringify(file));
  });

  it("learns from rounds that are not known yet, by the day told or the pace of two a year", () => {
    const [row] = rows;
    if (row === undefined) throw new Error("no row");
    const timeOf = (changes: object) => {
      const outcome = caseOfRow({ ...row, ...changes }, specTables);
      return outcome.state === "usable" ? outcome.of.time : outcome.why;
    };
    expect(timeOf({ round: "v7.0" })).toBe(2027.25);
    expect(timeOf({ round: "v7.1" })).toBe(2027.75);
    expect(timeOf({ round: "v7.0", published_on: "2027-04-02" })).toBeCloseTo(2027.25, 2);
    expect(timeOf({ round: "other" })).toBe("time unknown");
    const later = rows.map((other) => (other.round === "v6.0" ? { ...other, round: "v7.0" } : other));
    expect(trainPredictor(later, specTables).file).toMatchObject({
      rows: rows.length,
      rounds: ["v5.0", "v5.1", "v7.0"],
    });
  });

  it("says so when there is too little to learn from", () => {
    expect(() => trainPredictor(rows.slice(0, 20), specTables)).toThrow(/20 results that teach/);
  });

  it("recovers what was measured, with most of it in the interval", () => {
    const { usable } = trainingRows(rows, specTables);
    const errors = usable.map(({ of, tokensPerSecondPerAccelerator: actual }) => {
      const prediction = predictor.predict(of);
      if (prediction.state === "refused") throw new Error(prediction.reasons.join());
      const measured = actual * of.accelerators;
      return {
        error: Math.abs(prediction.tokensPerSecond / measured - 1),
        within: measured >= prediction.low && measured <= prediction.high,
      };
    });
    expect(errors.filter(({ error }) => error < 0.05).length / errors.length).toBeGreaterThan(0.95);
    expect(errors.filter(({ within }) => within).length / errors.length).toBeGreaterThan(0.75);
  });
});

describe("a prediction", () => {
  it("names measured results and the experience behind its interval", () => {
    const { basis, warnings, latencies, low, high, tokensPerSecond } = predicted({});
    expect({ basis, warnings, latencies }).toEqual({ basis: "known", warnings: [], latencies: {} });
    expect(low).toBeLessThan(tokensPerSecond);
    expect(high).toBeGreaterThan(tokensPerSecond);
  });

  it("tells latencies under limits", () => {
    const { latencies } = predicted({ scenario: "Server" });
    expect(latencies.ttftP99Ns?.value).toBeGreaterThan(1.4e9);
    expect(latencies.ttftP99Ns?.value).toBeLessThan(1.8e9);
    expect(latencies.tpotP99Ns?.value).toBeGreaterThan(1.5e8);
  });

  it("warns and widens when it extrapolates", () => {
    const known = predicted({});
    const sized = predicted({ model: { parameters: 32e9 } });
    expect(sized.novelty).toContain("new-model");
    expect(sized.warnings.join()).toContain("never measured");
    expect(sized.high / sized.low).toBeGreaterThan(known.high / known.low);
    const later = predicted({ time: 2028 });
    expect(later.warnings.join()).toContain("later than all results");
    const newFamily = { ...chipOf("H100-SXM-80GB"), name: "Z1", family: "Zeta" };
    expect(predicted({ accelerator: newFamily }).warnings.join()).toContain("extrapolates");
  });

  it("names what was never measured together, and widens", () => {
    const known = predicted({});
    const spread = (one: typeof known): number => one.high / one.low;
    const cases: [Partial<Question>, string, RegExp][] = [
      [{ dataType: "int8" }, "new-type", /int8 was never measured on chips of the family Hopper/],
      [{ framework: "SGLang" }, "new-engine", /SGLang was never measured on H100-SXM-80GB/],
      [{ promptTokens: 2000 }, "new-workload", /measured with prompts of 222/],
      [
        { promptTokens: 100_000 },
        "far",
        /Prompts of 100,000 tokens are outside what was measured, 222 to 5,011/,
      ],
      [{ accelerators: 1000 }, "far", /Systems of 1,000 accelerators are outside what was measured, 4 to 8/],
    ];
    for (const [changes, kind, words] of cases) {
      const one = openPredictor(file.trained).predict({
        ...caseOfQuestion(
          { ...question, ...changes, framework: undefined as never },
          file.catalog,
          file.trained.known.latest,
        ),
        ...(changes.framework === undefined ? {} : { framework: changes.framework }),
      });
      if (one.state === "refused") throw new Error(one.reasons.join());
      expect(one.novelty).toContain(kind);
      expect(one.warnings.join(" ")).toMatch(words);
      expect(spread(one)).toBeGreaterThan(spread(known));
    }
    const experts = predicted({
      model: { parameters: 100e9, activeParameters: 10e9, experts: 64, expertsActive: 4 },
    });
    expect(experts.novelty).toContain("new-moe");
    const { usable } = trainingRows(
      rows.filter(({ model, scenario }) => model !== "llama2-70b" || scenario !== "Interactive"),
      specTables,
    );
    const short = openPredictor(trainModel(usable)).predict(
      caseOfQuestion({ ...question, scenario: "Interactive" }, file.catalog, file.trained.known.latest),
    );
    expect(short).toMatchObject({ novelty: expect.arrayContaining(["new-scenario"]) });
  });

  it("is refused under limits that one request by itself breaks, with the numbers", () => {
    expect(ask({ scenario: "Server", tpotLimitMs: 1 })).toMatchObject({
      state: "refused",
      reasons: [
        expect.stringMatching(/TPOT cannot be within 1 ms: one request by itself takes about [\d.]+ ms/),
      ],
    });
    expect(ask({ scenario: "Server", ttftLimitMs: 1 })).toMatchObject({
      state: "refused",
      reasons: [expect.stringMatching(/TTFT cannot be within 1 ms: one prompt by itself takes about/)],
    });
    expect(ask({ promptTokens: 10_000_000 })).toMatchObject({
      state: "refused",
      reasons: [expect.stringContaining("KV cache of one request")],
    });
    const one = caseOfQuestion({ ...question, scenario: "Server" }, file.catalog, file.trained.known.latest);
    const least =
      (operatingPoint({ ...one, tpotLimitMs: 0.01 }, file.trained.constants)?.leastStepSeconds ?? 0) * 1000;
    expect(predicted({ scenario: "Server", tpotLimitMs: least * 0.95 }).warnings.join()).toContain(
      "may be out of reach",
    );
    for (const { of } of trainingRows(rows, specTables).usable)
      expect(predictor.predict(of).state).toBe("predicted");
  });

  it("says that one copy spans nodes over an assumed network", () => {
    const whole = predicted({ model: { parameters: 405e9 }, dataType: "bf16", accelerators: 16, nodes: 1 });
    const split = predicted({ model: { parameters: 405e9 }, dataType: "bf16", accelerators: 16, nodes: 2 });
    expect(whole.point?.nodesOfCopy).toBe(1);
    expect(split.point?.nodesOfCopy).toBe(2);
    expect(split.warnings.join()).toContain("one copy spans 2 nodes");
    expect(split.tokensPerSecond).toBeLessThan(whole.tokensPerSecond);
  });

  it("never gives more under tighter limits, for longer prompts or with fewer accelerators", () => {
    const shapes = fc.record({
      model: fc.constantFrom("llama2-70b", "llama3.1-8b", "mixtral-8x7b", "gpt-oss-120b"),
      scenario: fc.constantFrom("Offline", "Server", "Interactive"),
      accelerator: fc.constantFrom("H100-SXM-80GB", "H200-SXM-141GB", "L40S", "MI300X"),
      accelerators: fc.integer({ min: 1, max: 40 }),
      promptTokens: fc.integer({ min: 20, max: 8000 }),
      tpotLimitMs: fc.integer({ min: 5, max: 400 }),
      ttftLimitMs: fc.integer({ min: 20, max: 10_000 }),
    });
    const harder = fc.constantFrom("promptTokens", "tpotLimitMs", "ttftLimitMs", "accelerators");
    const quick = openPredictor({ ...file.trained, latencies: {} });
    const tokens = ({ ttftLimitMs, tpotLimitMs, ...changes }: Partial<Question>): number => {
      const limits = changes.scenario === "Offline" ? {} : { ttftLimitMs, tpotLimitMs };
      const one = caseOfQuestion(
        { ...question, ...changes, ...limits },
        file.catalog,
        file.trained.known.latest,
      );
      const prediction = quick.predict(one);
      return prediction.state === "refused" ? 0 : prediction.tokensPerSecond;
    };
    fc.assert(
      fc.property(shapes, harder, fc.double({ min: 1.05, max: 4, noNaN: true }), (shape, name, factor) => {
        const changed =
          name === "promptTokens"
            ? Math.ceil(shape[name] * factor)
            : Math.max(1, Math.floor(shape[name] / factor));
        expect(tokens({ ...shape, [name]: changed })).toBeLessThanOrEqual(tokens(shape) * (1 + 1e-9));
      }),
      { numRuns: 150, seed: 9 },
    );
  });

  it("is refused where there is nothing to go by, and where the model does not fit", () => {
    const newFamily = { ...chipOf("H100-SXM-80GB"), name: "Z1", family: "Zeta" };
    expect(ask({ accelerator: newFamily, model: { parameters: 32e9 } })).toMatchObject({
      state: "refused",
      reasons: [expect.stringContaining("nothing to go by")],
    });
    expect(ask({ accelerators: 1, model: { parameters: 700e9 } })).toMatchObject({
      state: "refused",
      reasons: [expect.stringContaining("700 GB")],
    });
  });

  it("says everything that is wrong or impossible at once", () => {
    const problemsOf = (changes: Partial<Question>) => {
      try {
        ask(changes);
      } catch (error) {
        if (error instanceof UsageError)
          return error.problems.map(({ where, message }) => `${where}: ${message}`);
      }
      return [];
    };
    const wrong = problemsOf({ model: "gpt-9", accelerators: 2.5, promptTokens: -1 }).join("\n");
    for (const words of ["gpt-9 is not known", "whole number", "promptTokens: must be above 0"])
      expect(wrong).toContain(words);
    expect(problemsOf({ dataType: "fp4" })).toEqual(["dataType: H100-SXM-80GB does not compute in fp4"]);
    expect(problemsOf({ accelerator: "MI300X", framework: "TensorRT-LLM" }).join()).toContain(
      "never seen on chips of AMD",
    );
  });
});

function chipOf(name: string) {
  const chip = file.catalog.chips.find((one) => one.name === name);
  if (chip === undefined) throw new Error(`no ${name}`);
  return chip;
}

describe("the honest evaluation", () => {
  it("keeps every group on one side", () => {
    const twice = rows.map((row) => ({ ...row, id: `${row.id}-99.9`, benchmark: `${row.benchmark}-99.9` }));
    const { usable } = trainingRows([...rows, ...twice], specTables);
    const groupOf = {
      system: ({ system }: (typeof usable)[number]) => system,
      accelerator: ({ of }: (typeof usable)[number]) => of.chip.name,
      family: ({ of }: (typeof usable)[number]) => of.chip.family,
      model: ({ of }: (typeof usable)[number]) => of.model.name,
      "v6.0": ({ row }: (typeof usable)[number]) => row.round ?? "",
    };
    for (const split of splitsOf(usable)) {
      const group = groupOf[split.id as keyof typeof groupOf];
      for (const { train, test } of split.folds) {
        const known = new Set(train.map((index) => group?.(usable[index] as (typeof usable)[number])));
        expect(test.length).toBeGreaterThan(0);
        for (const index of test)
          expect(known).not.toContain(group?.(usable[index] as (typeof usable)[number]));
      }
    }
  });

  it("writes a card with every recipe on the same rows; ours beats them on what physics and data tell", () => {
    const facts = judgePredictor(rows, specTables, "2026-11-25", { only: ["v6.0"] });
    const [outcome] = facts.outcomes;
    expect(outcome?.rows).toBe(rows.length / 3);
    const { naive, earlier, roofline, flexbench } = outcome?.figures ?? {};
    for (const other of [naive, earlier, roofline])
      expect(flexbench?.medianPercent).toBeLessThan(other?.medianPercent ?? 0);
    expect(outcome?.coveragePercent).toBeGreaterThan(60);
    const card = modelCard(facts);
    for (const words of [
      `on 2026-11-25 from a dataset of ${rows.length} rows`,
      "naive roofline",
      "earlier board's recipe",
      "Rounds to v5.1",
      "Round v6.1 is sealed",
      "furthest off",
    ])
      expect(card).toContain(words);
    const structure = (text: string) => text.split("\n").filter((line) => line.startsWith("#"));
    const committed = readFileSync(new URL("../docs/model-card.md", import.meta.url), "utf8");
    expect(structure(card)).toEqual(structure(committed));
    expect(card.split("\n")[2]?.replaceAll(/[\d,]+/g, "0")).toBe(
      committed.split("\n")[2]?.replaceAll(/[\d,]+/g, "0"),
    );
  });

  it("tells each group apart", () => {
    const { usable } = trainingRows(rows, specTables);
    const [outcome] = evaluate(usable, { only: ["v6.0"], latencies: false, earlier: false });
    expect(outcome?.figures.earlier).toBeNull();
    expect(outcome?.latencies).toEqual({});
    const scenarios = outcome?.groups.filter(({ by }) => by === "scenario") ?? [];
    expect(scenarios.map(({ name }) => name).toSorted()).toEqual(["Interactive", "Offline", "Server"]);
    expect(scenarios.reduce((sum, group) => sum + group.rows, 0)).toBe(outcome?.rows);
  });
});

describe("the command", () => {
  const run = (...args: string[]) =>
    spawnSync(process.execPath, [cli, "predict", ...args], { encoding: "utf8" });

  it("trains from a dataset, predicts and chooses", () => {
    mkdirSync(join(folder, "data"));
    const dataset = join(folder, "data");
    writeFileSync(join(dataset, "openmlperf.jsonl"), rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
    const trained = run("train", "--dataset", dataset);
    expect(trained.stderr).toBe("");
    expect(trained.stdout).toContain(`learned from ${rows.length} results of v5.0, v5.1, v6.0`);
    expect(JSON.parse(readFileSync(join(dataset, "predictor.json"), "utf8"))).toEqual(
      JSON.parse(JSON.stringify(file)),
    );
    const asked = run(
      ...["--predictor", dataset, "--model", "llama2-70b", "--data-type", "fp8"],
      ...["--accelerator", "H100-SXM-80GB", "--accelerators", "8", "--json"],
    );
    expect(JSON.parse(asked.stdout)).toMatchObject({ prediction: { state: "predicted", basis: "known" } });
    const people = run(
      ...["--predictor", dataset, "--parameters", "32", "--data-type", "fp8", "--accelerator", "MI300X"],
    );
    expect(people.stdout).toMatch(/tokens a second +[\d,]+ +80 % between/);
    expect(people.stdout).toContain("not verified by MLCommons");
    const chosen = run(
      "choose",
      "--predictor",
      dataset,
      "--model",
      "llama2-70b",
      "--tokens-per-second",
      "90000",
    );
    expect(chosen.stdout).toContain("a million tokens");
    for (const words of ["(where not told those of llama2-70b)", "J/token", "prices of one accelerator:"])
      expect(chosen.stdout).toContain(words);
    expect(people.stdout).toContain("(where not told those of llama2-70b)");
    expect(people.stdout).toContain("unlike: ");
  });

  it("tells every wrong flag at once, by its name", () => {
    const dataset = join(folder, "asked");
    mkdirSync(dataset);
    writeFileSync(join(dataset, "predictor.json"), JSON.stringify(file));
    const chip = join(folder, "chip.yaml");
    const own = { name: "H20", vendor: "NVIDIA", family: "Hopper", memoryGb: 96, memory_bandwidth_tbps: 4 };
    writeFileSync(
      chip,
      JSON.stringify({ ...own, peak_bf16_tflops: 148, peak_fp8_tflops: 296, price: { hourly: 0.01 } }),
    );
    const flags = (text: string) => text.split(" ");
    const wrong = run(
      ...flags(
        `choose --predictor ${dataset} --model lama2-70b --tokens-per-second abc --budget-per-year abc`,
      ),
      ...flags("--years 0 --utilisation 0 --top -1 --max-nodes 0.5 --tpot-limit 5 --framework Nonsense"),
      ...flags("--accelerator H99 --data-type FP9 --experts 4"),
    );
    expect(wrong.status).toBe(2);
    const places = [...wrong.stderr.matchAll(/^ {2}(--[a-z-]+): /gm)].map(([, flag]) => flag);
    expect(places.toSorted()).toEqual([
      ...[
        "--accelerator",
        "--budget-per-year",
        "--data-type",
        "--experts",
        "--framework",
        "--max-nodes",
        "--model",
      ],
      ...["--tokens-per-second", "--top", "--tpot-limit", "--utilisation", "--years"],
    ]);
    expect(wrong.stderr).toContain("--chip FILE");
    const offline = run(
      ...flags(
        `choose --predictor ${dataset} --model llama2-70b --tokens-per-second 5000 --scenario offline`,
      ),
      ...flags(`--chip ${chip} --accelerator mi300x --data-type FP8 --top 1`),
    );
    expect(offline.stdout).toMatch(/^1 +H20 +fp8/m);
    const size = run(...flags(`--predictor ${dataset} --parameters -8 --data-type fp8 --chip ${chip}`));
    expect(size.stderr).toContain("--parameters: must be above 0");
    const limited = run(
      ...flags(`choose --predictor ${dataset} --model llama2-70b --tokens-per-second 5 --scenario offline`),
      ...flags("--tpot-limit 5ms"),
    );
    expect(limited.stderr).toContain("--tpot-limit: does not apply: Offline has no limits");
  });

  it("says what is missing", () => {
    expect(run("--predictor", join(folder, "none"), "--model", "x").stderr).toContain("--accelerator");
    const none = run("--predictor", folder, "--model", "x", "--data-type", "fp8", "--accelerator", "y");
    expect(none.stderr).toContain("flexbench predict train");
    expect(none.status).toBe(2);
  });
});

describe.skipIf(officialData === null)("on official results", () => {
  it("reaches what was asked for, predicting later rounds", { timeout: 60_000 }, async () => {
    const { rows: official } = await buildDataset({ sources: [sourceAt(officialData ?? "")], rules: null });
    const { usable } = trainingRows(official, specTables);
    expect(usable.length).toBeGreaterThan(1100);
    for (const { id, figures, mustReach, coverage, coveragePercent } of evaluate(usable, {
      only: ["v6.0", "v5.0"],
      ...{ latencies: false, earlier: false },
    })) {
      expect({ id, within: figures.flexbench.medianPercent <= mustReach[0] }).toEqual({ id, within: true });
      expect({ id, within: figures.flexbench.meanPercent <= mustReach[1] }).toEqual({ id, within: true });
      expect(coveragePercent).toBeGreaterThanOrEqual(coverage[0]);
    }
  });
});

it("a row that nothing is known of is no case", () => {
  expect(caseOfRow(madeRow({}), specTables)).toMatchObject({ state: "unusable" });
});
