import type { CommandModule, InferredOptionTypes } from "yargs";
import { UsageError } from "../errors.ts";
import type { Question } from "../predict/question.ts";
import { chooseCommand } from "./predict-choose.ts";
import { evaluateCommand, trainCommand } from "./predict-train.ts";
import { predictionLines } from "./prediction-lines.ts";
import { modelOfFlags, workFlags, workOfFlags } from "./work-flags.ts";

const predictFlags = {
  ...workFlags,
  "data-type": {
    type: "string",
    requiresArg: true,
    describe: "Of the weights: fp4, fp8, int8, int4, bf16",
  },
  accelerator: { type: "string", requiresArg: true, describe: "Chip, such as H200-SXM-141GB" },
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
    const { caseOfQuestion } = await import("../predict/question.ts");
    const { openPredictor } = await import("../predict/predictor.ts");
    const { supportOf } = await import("../predict/choose.ts");
    const { accelerator, dataType, accelerators, nodes } = flags;
    const model = modelOfFlags(flags);
    if (model === null || accelerator === undefined || dataType === undefined)
      throw new UsageError("PREDICT_QUESTION", [
        ...(model === null ? [{ where: "--model", message: "is needed, or --parameters" }] : []),
        ...(accelerator === undefined ? [{ where: "--accelerator", message: "is needed" }] : []),
        ...(dataType === undefined ? [{ where: "--data-type", message: "is needed" }] : []),
      ]);
    const file = await readPredictor(flags.predictor);
    const question: Question = {
      ...(await workOfFlags(flags)),
      ...{ model, accelerator, dataType, accelerators },
      ...(nodes === undefined ? {} : { nodes }),
    };
    const one = caseOfQuestion(question, file.catalog, file.trained.known.latest);
    const prediction = openPredictor(file.trained).predict(one);
    const support = supportOf(one, file.catalog);
    console.log(
      flags.json
        ? JSON.stringify({ question, prediction, support })
        : predictionLines(one, prediction, support),
    );
  },
};
