import type { Argv, Options } from "yargs";
import { embeddedServerDataset, embeddedServerLoad, runDefaults } from "../config/defaults.ts";
import { writeDuration } from "../config/durations.ts";
import type { RunConfigSources } from "../config/load-run-config.ts";
import {
  kebabCase,
  type RunOptionKey,
  runOptionKeys,
  runOptions,
  variableOf,
} from "../config/run-options.ts";
import type { Problem } from "../errors.ts";
import { exitCodeHelp } from "./exit-code-help.ts";

/** Arguments as yargs gives them. */
export type Arguments = Record<string, unknown>;

/**
 * Declares the options of `flexbench run`, without types: yargs would turn a wrong value into a right one, and reports
 * only the first problem. `readRunArguments` and the configuration find them all.
 */
export function addRunOptions(yargs: Argv<object>): Argv<Arguments> {
  return declareRunOptions(yargs)
    .usage("$0 run [options]\n\nRuns one benchmark and prints its result.")
    .example("$0 run", "A small real model on this CPU")
    .example("$0 run --endpoint URL --target-qps 5", "A server of yours")
    .example("$0 run --config bench.yaml --mode accuracy", "Options from a file")
    .epilogue(
      `Every option may also stand in the environment (${variableOf("targetQps")}).\n\n${exitCodeHelp}`,
    );
}

/** Declares the same options for a command that makes several runs; usage, examples and its own options are its own. */
export function declareRunOptions(yargs: Argv<object>): Argv<Arguments> {
  return yargs
    .strict(false)
    .parserConfiguration({ "parse-numbers": false, "dot-notation": false, "short-option-groups": false })
    .options(Object.fromEntries(runOptionKeys.map((key) => [kebabCase(key), optionOf(key)])))
    .option("config", {
      group: "Configuration:",
      describe: `FILE: YAML file of these options; else ${variableOf("config")}`,
    });
}

const embedded = "for the embedded server";

const defaultTexts: Partial<Record<RunOptionKey, string>> = {
  dataset: `${runDefaults.dataset}; ${embeddedServerDataset} ${embedded}`,
  scenario: runDefaults.scenario,
  mode: runDefaults.mode,
  targetQps: `${embeddedServerLoad.targetQps} ${embedded}`,
  duration: writeDuration(runDefaults.duration),
  minQueries: `${runDefaults.minQueries}; ${embeddedServerLoad.minQueries} ${embedded}`,
  seed: `${runDefaults.seed}`,
  maxTokens: `${embeddedServerLoad.maxTokens} ${embedded}`,
  percentile: `${runDefaults.percentile}; ${embeddedServerLoad.percentile} ${embedded}`,
  maxErrorRate: `${runDefaults.maxErrorRate}`,
  timeout: writeDuration(runDefaults.timeout),
  metricTimeout: writeDuration(runDefaults.metricTimeout),
};

function optionOf(key: RunOptionKey): Options {
  const { group, argument, description } = runOptions[key];
  const defaultText = defaultTexts[key];
  return {
    group: `${group}:`,
    describe: argument === "" ? description : `${argument}: ${description}`,
    ...(defaultText === undefined ? {} : { defaultDescription: defaultText }),
  };
}

const namesOfYargs = new Set(["_", "$0", "help", "h", "version", "v", "config"]);

/** The sources of the configuration, and what on the command line is no option or cannot be one. */
export function readRunArguments(
  args: Arguments,
  environment: Readonly<Record<string, string | undefined>>,
  earlierProblems: readonly Problem[] = [],
): RunConfigSources {
  const [, ...words] = wordsOf(args);
  const problems = [...earlierProblems];
  for (const word of words)
    problems.push({ where: word, message: "is not an option; options begin with --" });
  const given = args.config ?? (environment[variableOf("config")] || undefined);
  const file = typeof given === "string" && given !== "" ? given : null;
  if (given !== undefined && file === null) {
    const message = Array.isArray(given) ? `takes one value, not ${given.length}` : "needs a value";
    problems.push({ where: "--config", message });
  }
  return { flags: flagsOf(args), env: environment, file, problems };
}

/** Words that are no options; the first one is the command. */
export function wordsOf(args: Arguments): string[] {
  return Array.isArray(args._) ? args._.map(String) : [];
}

/** yargs adds a camelCase twin to each name with a dash. */
function flagsOf(args: Arguments): Arguments {
  const isTwin = (name: string) => kebabCase(name) !== name && kebabCase(name) in args;
  return Object.fromEntries(
    Object.entries(args).filter(([name]) => !namesOfYargs.has(name) && !isTwin(name)),
  );
}
