import { join } from "node:path";
import type { Argv, CommandModule } from "yargs";

interface TrainArguments {
  dataset: string;
  output?: string | undefined;
}

const datasetFlag = {
  type: "string",
  default: "openmlperf",
  requiresArg: true,
  describe: "Folder of a dataset",
} as const;

/** `flexbench predict train`: learns from a dataset. */
export const trainCommand: CommandModule<object, TrainArguments> = {
  command: "train",
  describe: "Train the predictor on a dataset",
  builder: (yargs): Argv<TrainArguments> =>
    yargs.options({
      dataset: datasetFlag,
      output: {
        type: "string",
        requiresArg: true,
        describe: "File of the predictor; else predictor.json of the dataset",
      },
    }),
  handler: async ({ dataset, output }) => {
    const { trainPredictor } = await import("../predict/train-predictor.ts");
    const { predictorFileName } = await import("../predict/read-predictor.ts");
    const { writeWhole } = await import("../results/write-whole.ts");
    const { file, passedOver } = trainPredictor(...(await trainingData(dataset)));
    const path = output ?? join(dataset, predictorFileName);
    await writeWhole(path, `${JSON.stringify(file)}\n`);
    console.log(`${path}: learned from ${file.rows} results of ${file.rounds.join(", ")}`);
    for (const [why, count] of Object.entries(passedOver)) console.log(`  passed over ${count}: ${why}`);
  },
};

interface EvaluateArguments extends TrainArguments {
  day?: string | undefined;
  json: boolean;
}

/** `flexbench predict evaluate`: the model card. */
export const evaluateCommand: CommandModule<object, EvaluateArguments> = {
  command: "evaluate",
  describe: "Judge the predictor on results unlike those it learned from, and write its model card (minutes)",
  builder: (yargs): Argv<EvaluateArguments> =>
    yargs.options({
      dataset: datasetFlag,
      output: {
        type: "string",
        requiresArg: true,
        describe: "File of the card; else model-card.md of the dataset",
      },
      day: { type: "string", requiresArg: true, describe: "Day that the card names; else today" },
      json: { type: "boolean", default: false, describe: "Print all figures as JSON too" },
    }),
  handler: async ({ dataset, output, day, json }) => {
    const { judgePredictor } = await import("../predict/evaluation/judge-predictor.ts");
    const { modelCard } = await import("../predict/evaluation/model-card.ts");
    const { writeWhole } = await import("../results/write-whole.ts");
    const facts = judgePredictor(
      ...(await trainingData(dataset)),
      day ?? new Date().toISOString().slice(0, "2026-01-01".length),
      { onFold: (split, fold, folds) => console.error(`${split}: fold ${fold} of ${folds}`) },
    );
    const path = output ?? join(dataset, "model-card.md");
    await writeWhole(path, modelCard(facts));
    const { outcomes, declared, curve } = facts;
    if (json) console.log(JSON.stringify({ outcomes, declared, curve }));
    else
      for (const { title, figures, coveragePercent } of outcomes)
        console.log(
          `${title.padEnd(40)} ${figures.flexbench.medianPercent.toFixed(1)} / ${figures.flexbench.meanPercent.toFixed(1)} %   within 80 %: ${coveragePercent.toFixed(0)} %`,
        );
    console.error(path);
  },
};

async function trainingData(dataset: string) {
  const { readDataset } = await import("../openmlperf/read-dataset.ts");
  const { loadSpecTables } = await import("../openmlperf/features/spec-tables.ts");
  return [await readDataset(dataset), loadSpecTables()] as const;
}
