import type { CommandModule, InferredOptionTypes } from "yargs";
import type { Question } from "../predict/question.ts";
import { chooseCommand } from "./predict-choose.ts";
import { evaluateCommand, trainCommand } from "./predict-train.ts";
import { predictionLines } from "./prediction-lines.ts";
import { askedByFlags, workFlags, workOfFlags } from "./work-flags.ts";

const predictFlags = {
  ...workFlags,
  "data-type": {
    type: "string",
    requiresArg: true,
    describe: "Of the weights: fp4, fp8, int8, int4, bf16",
  },
  accelerator: { type: "string", requiresArg: true, describe: "Chip, such as H200-SXM-141GB" },
  chip: {
    type: "string",
    requiresArg: true,
    describe: "Figures of a chip that is not in the catalog, YAML; in place of --accelerator",
  },
  accelerators: { type: "number", default: 1, requiresArg: true, describe: "How many of them" },
  nodes: { type: "number", requiresArg: true, describe: "Over how many machines" },
} as const;

type PredictArguments = InferredOptionTypes<typeof predictFlags>;

/** `flexbench predict`: throughput that nobody measured, with an interval. */
export const predictCommand: CommandModule<object, PredictArguments> = {
  command: "predict",
  describe: "Predict throughput that nobody measured, train and judge the predictor, choose hardware",
  builder: (yargs) =>
    yargs
      .command(trainCommand)
      .command(evaluateCommand)
      .command(chooseCommand)
      .options(predictFlags)
      .example(
        "$0 predict --model llama2-70b --data-type fp8 --accelerator H200-SXM-141GB --accelerators 8",
        "One system",
      ),
  handler: async (flags) => {
    const { readPredictor } = await import("../predict/read-predictor.ts");
    const { askedCase, checkForm } = await import("../predict/question.ts");
    const { openPredictor } = await import("../predict/predictor.ts");
    const { supportOf } = await import("../predict/support.ts");
    const { readChip } = await import("../predict/read-chip.ts");
    const { dataType, accelerators, nodes } = flags;
    const { work: asked, problems } = await workOfFlags(flags);
    if (flags.chip !== undefined && flags.accelerator !== undefined)
      problems.push({ where: "--chip", message: "contradicts --accelerator" });
    const accelerator = flags.chip === undefined ? flags.accelerator : (await readChip(flags.chip)).chip;
    // What is missing is told with the rest of what is wrong.
    const question = {
      ...{ ...asked, dataType, accelerator, accelerators },
      ...(nodes === undefined ? {} : { nodes }),
    } as Question;
    const { catalog, trained } = await readPredictor(flags.predictor).catch((cause: unknown) => {
      askedByFlags(problems, {}, () => checkForm(question));
      throw cause;
    });
    const { one, work } = askedByFlags(problems, {}, () =>
      askedCase(question, catalog, trained.known.latest),
    );
    const prediction = openPredictor(trained).predict(one);
    const support = supportOf(one, catalog);
    console.log(
      flags.json
        ? JSON.stringify({ question, work, prediction, support })
        : predictionLines(one, work, prediction, support),
    );
  },
};
