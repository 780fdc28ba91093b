import type { Argv, CommandModule } from "yargs";
import { accuracyFiles } from "../accuracy/accuracy-files.ts";
import { exitCodes, UsageError } from "../errors.ts";
import { describeComparison, describeScores } from "./accuracy-lines.ts";
import { exitCodeHelp } from "./exit-code-help.ts";

const flags = {
  metric: { type: "string", requiresArg: true, describe: "Built-in name, package or path" },
  "metric-command": { type: "string", requiresArg: true, describe: "Judge of answers: gives pass@1" },
  "metric-timeout": { type: "string", requiresArg: true, describe: "Longest time for that command" },
  "accuracy-target": {
    type: "string",
    array: true,
    nargs: 1,
    describe: "NAME=VALUE: least figure that passes; repeatable",
  },
  benchmark: { type: "string", requiresArg: true, describe: "Official benchmark whose targets hold" },
  dataset: { type: "string", requiresArg: true, describe: "Dataset of the references, if not the run's" },
  "dataset-option": {
    type: "string",
    array: true,
    nargs: 1,
    describe: "NAME=VALUE: option of the dataset; repeatable",
  },
  tokenizer: { type: "string", requiresArg: true, describe: "Tokenizer that decodes logged token ids" },
  "model-module": { type: "string", requiresArg: true, describe: "Model rules, for the marks of reasoning" },
  seed: { type: "string", requiresArg: true, describe: "Seed of the intervals" },
} as const;

interface AccuracyArguments {
  run: string;
  compare?: string | undefined;
  keep: boolean;
  json: boolean;
}

/** `flexbench accuracy DIR`: scores an accuracy log again, or compares two; exit code 6 below a target. */
export const accuracyCommand: CommandModule<object, AccuracyArguments> = {
  command: "accuracy <run>",
  describe: "Score the answers of a run again, or compare two runs",
  builder: (yargs): Argv<AccuracyArguments> =>
    yargs
      .positional("run", { type: "string", demandOption: true, describe: "Folder of a run, or of its log" })
      .options(flags)
      .options({
        compare: { type: "string", requiresArg: true, describe: "Second run of the same samples" },
        keep: {
          type: "boolean",
          default: false,
          describe: `Write the scores into the run: its record, ${accuracyFiles.text}, ${accuracyFiles.samples}`,
        },
        json: { type: "boolean", default: false, describe: "Print the scores as JSON" },
      })
      .example("$0 accuracy RUN --metric contains", "Another metric for the same answers")
      .example("$0 accuracy RUN --compare OTHER", "Is a quantised model as good?")
      .epilogue(exitCodeHelp),
  handler: async (args) => {
    const { scoreRun, compareRuns } = await import("../score-run.ts");
    const options = optionsOf(args);
    if (args.compare !== undefined) {
      if (args.keep) {
        const message = "contradicts --compare, which changes neither run";
        throw new UsageError("USAGE", [{ where: "--keep", message }]);
      }
      const comparison = await compareRuns(args.run, args.compare, options);
      const { first, second, differences } = comparison;
      const plain = { first: first.scores, second: second.scores, differences };
      console.log(args.json ? JSON.stringify(plain, null, 2) : describeComparison(comparison));
      return;
    }
    const { scores } = await scoreRun(args.run, { options, keep: args.keep });
    console.log(args.json ? JSON.stringify(scores, null, 2) : describeScores(scores));
    if (scores.passed === false) process.exitCode = exitCodes.inaccurate;
  },
};

/** The flags that were given, by the key of the run's option. */
function optionsOf(args: object): Record<string, unknown> {
  const given = Object.keys(flags).map((flag): [string, unknown] => {
    const key = flag.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
    return [key, (args as Record<string, unknown>)[key]];
  });
  return Object.fromEntries(given.filter(([, value]) => value !== undefined));
}
