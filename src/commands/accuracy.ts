import type { Argv, CommandModule, Options } from "yargs";
import { accuracyFiles } from "../accuracy/accuracy-files.ts";
import { kebabCase, type RunOption, runOptions } from "../config/run-options.ts";
import { type ScoringOption, scoringOptions } from "../config/scoring-options.ts";
import { exitCodes, UsageError } from "../errors.ts";
import { describeComparison, describeScores } from "./accuracy-lines.ts";
import { exitCodeHelp } from "./exit-code-help.ts";

/** As of `flexbench run`, whose configuration checks their values. */
const flags: Readonly<Record<string, Options>> = Object.fromEntries(
  scoringOptions.map((key) => [kebabCase(key), flagOf(runOptions[key])]),
);

function flagOf({ kind, argument, description }: RunOption): Options {
  if (kind === "switch") return { type: "boolean", describe: description };
  const describe = `${argument}: ${description}`;
  if (kind === "text") return { type: "string", requiresArg: true, describe };
  return { type: "string", array: true, nargs: 1, describe };
}

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
  builder: (yargs): Argv<AccuracyArguments> => {
    // Apart, as flags that are made from a list have no names for the compiler.
    yargs.options(flags);
    return yargs
      .positional("run", { type: "string", demandOption: true, describe: "Folder of a run, or of its log" })
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
      .epilogue(exitCodeHelp);
  },
  handler: async (args) => {
    const { compareRuns, scoreRun } = await import("../score-run.ts");
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
function optionsOf(args: object): Partial<Record<ScoringOption, unknown>> {
  const given = scoringOptions.map((key): [string, unknown] => [key, (args as Record<string, unknown>)[key]]);
  return Object.fromEntries(given.filter(([, value]) => value !== undefined));
}
