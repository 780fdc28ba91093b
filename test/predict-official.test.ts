// Takes long: `npm run test:slow` and CI run it.
// @module-tag slow
import { describe, expect, it } from "vitest";
import { buildDataset } from "#src/openmlperf/build-dataset.js";
import { sourceAt } from "#src/openmlperf/build-file.js";
import { evaluate } from "#src/predict/evaluation/evaluate.js";
import { openPredictor } from "#src/predict/predictor.js";
import { type Question, tryQuestion } from "#src/predict/question.js";
import { trainPredictor } from "#src/predict/train-predictor.js";
import { trainingRows } from "#src/predict/training-rows.js";
import { specTables } from "./made-results.ts";
import { officialData } from "./official-data.ts";

describe.skipIf(officialData === null)("the predictor on official results", () => {
  it("reaches what was asked for on all six honest splits", { timeout: 900_000 }, async () => {
    const { rows } = await buildDataset({ sources: [sourceAt(officialData ?? "")], rules: null });
    const outcomes = evaluate(trainingRows(rows, specTables).usable, { latencies: false, earlier: false });
    expect(outcomes.map(({ id }) => id)).toEqual([
      "system",
      "accelerator",
      "family",
      "v6.0",
      "v5.0",
      "model",
    ]);
    const missed = outcomes.flatMap(({ id, figures, mustReach, coverage, coveragePercent }) => {
      const { medianPercent, meanPercent } = figures.flexbench;
      const reached =
        medianPercent <= mustReach[0] &&
        meanPercent <= mustReach[1] &&
        coveragePercent >= coverage[0] &&
        coveragePercent <= coverage[1];
      return reached ? [] : [{ id, medianPercent, meanPercent, coveragePercent }];
    });
    expect(missed).toEqual([]);
  });

  it("refuses nothing that was measured, and is plausible for every model and chip", {
    timeout: 300_000,
  }, async () => {
    const { rows } = await buildDataset({ sources: [sourceAt(officialData ?? "")], rules: null });
    const { file } = trainPredictor(rows, specTables);
    const { predict } = openPredictor({ ...file.trained, latencies: {} });
    for (const { of, row } of trainingRows(rows, specTables).usable)
      expect({ id: row.id, state: predict(of).state }).toEqual({ id: row.id, state: "predicted" });
    const ask = (question: Question) => {
      const one = tryQuestion(question, file.catalog, file.trained.known.latest);
      const prediction = Array.isArray(one) ? null : predict(one);
      return prediction?.state === "predicted" ? prediction : null;
    };
    const implausible: string[] = [];
    for (const { name: model } of file.catalog.models)
      for (const { name: accelerator } of file.catalog.chips)
        for (const scenario of ["Offline", "Interactive"] as const) {
          const question = { model, accelerator, scenario, dataType: "fp8", accelerators: 8 };
          const [wide, usual, narrow] = ["bf16", "fp8", "fp4"].map((dataType) =>
            ask({ ...question, dataType }),
          );
          for (const [lower, higher] of [
            [usual, wide],
            [narrow, usual],
          ])
            if (lower && higher && lower.high < higher.low)
              implausible.push(`${model} on ${accelerator} in ${scenario}: a lower type gives less`);
          // A node of an odd number is not told from a larger one that is not full.
          const most = Math.max(...(file.catalog.perNode[accelerator] ?? [8]));
          const counts = Number.isInteger(Math.log2(most)) ? [4, 7, 8, 9, 16, 72] : [4, 8, 16, 32, 64];
          const totals = counts.map(
            (accelerators) => ask({ ...question, accelerators })?.tokensPerSecond ?? 0,
          );
          if (totals.some((total, index) => total < (totals[index - 1] ?? 0) * (1 - 1e-9)))
            implausible.push(`${model} on ${accelerator} in ${scenario}: more accelerators give less`);
        }
    expect(implausible).toEqual([]);
  });
});
