import { describe, expect } from "vitest";
import { buildDataset } from "#src/openmlperf/build-dataset.js";
import { sourceAt } from "#src/openmlperf/build-file.js";
import { evaluate } from "#src/predict/evaluation/evaluate.js";
import { trainingRows } from "#src/predict/training-rows.js";
import { specTables } from "./made-results.ts";
import { officialData } from "./official-data.ts";
import { slowly } from "./slow.ts";

describe.skipIf(officialData === null)("the predictor on official results", () => {
  slowly("reaches what was asked for on all six honest splits", { timeout: 900_000 }, async () => {
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
});
