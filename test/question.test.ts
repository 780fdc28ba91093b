import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { UsageError } from "#src/errors.js";
import { catalogOf } from "#src/predict/catalog.js";
import { openPredictor } from "#src/predict/predictor.js";
import type { PredictorFile } from "#src/predict/predictor-file.js";
import { askedCase, type Question, tryQuestion } from "#src/predict/question.js";
import { readChip } from "#src/predict/read-chip.js";
import { differencesOf, supportOf } from "#src/predict/support.js";
import { trainPredictor } from "#src/predict/train-predictor.js";
import { trainingRows } from "#src/predict/training-rows.js";
import { temporaryFolder } from "./child-script.ts";
import { madeResults, specTables } from "./made-results.ts";

let file: PredictorFile;
beforeAll(() => {
  ({ file } = trainPredictor(madeResults(), specTables));
});

const question: Question = {
  ...{ model: "llama2-70b", scenario: "Server", dataType: "fp8" },
  ...{ accelerator: "H100-SXM-80GB", accelerators: 8 },
};
const asked = (changes: object) =>
  askedCase({ ...question, ...changes }, file.catalog, file.trained.known.latest);
const problemsOf = (changes: object): string[] => {
  const outcome = tryQuestion({ ...question, ...changes }, file.catalog, file.trained.known.latest);
  if (!Array.isArray(outcome)) throw new Error("was not refused");
  return outcome.map(({ where, message }) => `${where}: ${message}`);
};
const ownChip = {
  ...{ name: "H20", vendor: "NVIDIA", family: "Hopper", memoryGb: 96, memory_bandwidth_tbps: 4 },
  ...{ peak_bf16_tflops: 148, peak_fp8_tflops: 296 },
};

describe("the size of a model", () => {
  it.each([
    [{ parameters: -8e9 }, ["model.parameters: must be above 0"]],
    [{ parameters: 8 }, ["model.parameters: must be at least a million: 8 billion are 8e9"]],
    [{ parameters: 1e18 }, ["model.parameters: must be at most 100000000000000"]],
    [{ parameters: Number.NaN }, ["model.parameters: must be a number above 0"]],
    [{}, ["model.parameters: is needed"]],
    [
      { parameters: 120e9, activeParameters: 200e9, experts: 4, expertsActive: 9 },
      [
        "model.activeParameters: cannot be more than all parameters",
        "model.expertsActive: cannot be more than the experts of a layer",
      ],
    ],
    [{ parameters: 8e9, experts: 0.5 }, ["model.experts: must be a whole number"]],
    [{ parameters: 8e9, layers: 3 }, ["model.layers: is not known"]],
  ])("%j is refused", (model, problems) => {
    expect(problemsOf({ model })).toEqual(problems);
  });

  it("gives finite predictions for all that may be", () => {
    const predictor = openPredictor(file.trained);
    for (const parameters of [1e6, 1e9, 671e9])
      for (const experts of [1, 256]) {
        const model = { parameters, activeParameters: parameters / 4, experts, expertsActive: 1 };
        const prediction = predictor.predict(asked({ model, accelerators: 64 }).one);
        if (prediction.state === "predicted")
          expect([prediction.low, prediction.tokensPerSecond, prediction.high].every(Number.isFinite)).toBe(
            true,
          );
      }
  });
});

describe("names", () => {
  it("hold in any case, and take the catalog's spelling", () => {
    const changes = {
      model: "LLAMA2-70B",
      accelerator: "mi300x",
      dataType: "FP8",
      framework: "vllm",
    };
    expect(asked(changes).one).toMatchObject({
      ...{
        model: { name: "llama2-70b" },
        chip: { name: "MI300X" },
        dataType: "fp8",
        framework: "vLLM",
      },
    });
  });

  it("that are not known come with what may have been meant, all at once", () => {
    const told = problemsOf({
      model: "lama2-70b",
      accelerator: "h200",
      dataType: "fp9",
      framework: "Nonsense",
    });
    expect(told).toEqual([
      expect.stringMatching(/^model: lama2-70b is not known; there are .*llama2-70b/),
      expect.stringMatching(/^framework: Nonsense is not known; there are /),
      expect.stringMatching(/^accelerator: h200 is not known; did you mean H200-(SXM|NVL)-141GB or H200-/),
      expect.stringMatching(/^dataType: fp9 is not known; there are /),
    ]);
    expect(problemsOf({ accelerator: "MI300Y" })).toEqual([
      "accelerator: MI300Y is not known; did you mean MI300X?",
    ]);
    expect(problemsOf({ accelerators: 0, accelerator: "Z9", scenario: "Fast" })).toEqual([
      "scenario: must be one of Offline, Server, Interactive",
      "accelerators: must be above 0",
      expect.stringContaining("accelerator: Z9 is not known"),
    ]);
  });

  it("of limits do not apply to Offline", () => {
    expect(problemsOf({ scenario: "Offline", ttftLimitMs: 9, tpotLimitMs: 9 })).toEqual([
      "ttftLimitMs: does not apply: Offline has no limits",
      "tpotLimitMs: does not apply: Offline has no limits",
    ]);
  });
});

describe("chips", () => {
  it("of the specifications are in the catalog, whether anybody measured them or not", () => {
    const { chips, unmeasured } = file.catalog;
    expect(unmeasured).toEqual(expect.arrayContaining(["A100-SXM-80GB", "A30", "L4", "Gaudi-2", "TPU-v5e"]));
    expect(unmeasured).not.toContain("H100-SXM-80GB");
    for (const name of unmeasured) {
      const chip = chips.find((one) => one.name === name);
      expect([chip?.memoryGb, chip?.peak_bf16_tflops, chip?.memory_bandwidth_tbps].every((one) => one)).toBe(
        true,
      );
    }
    const xeon = chips.find(({ name }) => name === "Xeon-8480+");
    expect(xeon).toMatchObject({ vendor: "Intel", family: "CPU", isCpu: true });
    const prediction = openPredictor(file.trained).predict(
      asked({ accelerator: "Gaudi-2", dataType: "bf16" }).one,
    );
    expect(prediction).toMatchObject({
      ...{ state: "predicted", novelty: expect.arrayContaining(["new-family"]) },
    });
  });

  it("of one's own are told by their figures, with vendor and family in the catalog's spelling", () => {
    const { one } = asked({ accelerator: { ...ownChip, vendor: "nvidia", family: "hopper" } });
    expect(one.chip).toMatchObject({ name: "H20", vendor: "NVIDIA", family: "Hopper", isCpu: false });
    expect(one.framework).toBe("TensorRT-LLM");
    expect(openPredictor(file.trained).predict(one)).toMatchObject({
      novelty: expect.arrayContaining(["new-chip"]),
    });
    expect(problemsOf({ accelerator: { ...ownChip, memoryGb: 0, peak_fp8_tflops: "many" } })).toEqual([
      "accelerator.memoryGb: must be above 0",
      "accelerator.peak_fp8_tflops: must be a number above 0",
    ]);
    expect(problemsOf({ accelerator: { ...ownChip, name: "h200-sxm-141gb" } })).toEqual([
      "accelerator.name: H200-SXM-141GB is in the catalog with other figures; give yours a name of its own",
    ]);
    const known = file.catalog.chips.find(({ name }) => name === "H200-SXM-141GB");
    expect(asked({ accelerator: known }).one.chip).toEqual(known);
  });

  it("of the catalog may be sent back as it gives them", () => {
    const { chips } = JSON.parse(JSON.stringify(file.catalog)) as PredictorFile["catalog"];
    for (const chip of chips)
      expect(asked({ accelerator: chip, dataType: "bf16" }).one.chip.name).toBe(chip.name);
  });

  it("of one's own come from a file too, with a price", async () => {
    const path = join(temporaryFolder(), "chip.yaml");
    const lines = Object.entries(ownChip).map(([field, value]) => `${field}: ${value}`);
    writeFileSync(path, `${lines.join("\n")}\nprice: { hourly: 1.5 }\n`);
    expect(await readChip(path)).toEqual({
      chip: { ...ownChip, isCpu: false },
      price: { hourly: 1.5, purchase: null },
    });
    writeFileSync(path, "name: X\nmemory: 3\nmemoryGb: many\n");
    const refused: unknown = await readChip(path).catch((error: unknown) => error);
    if (!(refused instanceof UsageError)) throw new Error("was not refused");
    expect(refused.code).toBe("CHIP_FILE");
    const messages = refused.problems.map(({ message }) => message);
    expect(messages).toEqual(
      expect.arrayContaining([
        "vendor is needed",
        "memoryGb must be a number above 0",
        "memory is not known",
      ]),
    );
    await expect(readChip(join(path, "none"))).rejects.toMatchObject({ code: "CHIP_FILE" });
  });
});

describe("an answer", () => {
  it("tells the lengths and limits that it holds for, and which of them nobody told", () => {
    expect(asked({ model: { parameters: 8e9 }, promptTokens: 77 }).work).toEqual({
      ...{ model: "8B", scenario: "Server", workload: "llama2-70b", promptTokens: 77 },
      outputTokens: expect.any(Number),
      ...{ ttftLimitMs: 2000, tpotLimitMs: 200, assumed: ["outputTokens", "ttftLimitMs", "tpotLimitMs"] },
    });
  });

  it("says how much of the memory can be filled where a model does not fit", () => {
    const { one } = asked({ accelerator: "H200-SXM-141GB", accelerators: 1, dataType: "bf16" });
    expect(openPredictor(file.trained).predict(one)).toEqual({
      state: "refused",
      reasons: [
        "The weights take 138 GB and the accelerators hold 141 GB, of which weights and cache can fill 92 %: 130 GB.",
      ],
    });
  });

  it("stands beside measured results with what sets them apart", () => {
    const { one } = asked({});
    const [nearest] = supportOf(one, file.catalog);
    expect(nearest).toMatchObject({ accelerator: "H100-SXM-80GB", differs: [] });
    const other = supportOf(
      asked({ promptTokens: 5000, tpotLimitMs: 20, accelerators: 4 }).one,
      file.catalog,
    );
    expect(other[0]?.differs).toEqual([
      "8 accelerators, not 4",
      expect.stringMatching(/^prompts of \d+ tokens, not 5,000$/),
      "TPOT limit 200 ms, not 20 ms",
    ]);
    const [row] = madeResults();
    if (row === undefined) throw new Error("no row");
    const { usable } = trainingRows([{ ...row, tokens_per_joule: 3.5 }], specTables);
    expect(catalogOf(usable, specTables, []).results).toMatchObject([{ tokensPerJoule: 3.5 }]);
    const result = file.catalog.results.find(
      ({ accelerator, scenario }) => accelerator === "MI300X" && scenario === "Offline",
    );
    if (result === undefined) throw new Error("no result");
    expect(differencesOf(result, one).slice(0, 3)).toEqual([
      "MI300X, not H100-SXM-80GB",
      ...(result.model === "llama2-70b" ? [] : [`${result.model}, not llama2-70b`]),
      "Offline, not Server",
      ...(result.model === "llama2-70b" ? ["vLLM, not TensorRT-LLM"] : []),
    ]);
  });
});
