import type { CommandModule } from "yargs";
import { compareEndpoints } from "../campaign/compare-endpoints.ts";
import { compareFolders } from "../campaign/compare-folders.ts";
import type { Comparison } from "../campaign/comparison.ts";
import { renderComparison } from "../campaign/comparison-table.ts";
import { SweepInterrupted } from "../campaign/run-sequence.ts";
import { describeRun } from "../config/describe-run.ts";
import { loadRunConfig } from "../config/load-run-config.ts";
import { duration, wholeNumber } from "../config/run-values.ts";
import { type ExitCode, exitCodes, UsageError } from "../errors.ts";
import { exitCodeHelp } from "./exit-code-help.ts";
import { leavePage } from "./leave-page.ts";
import { declaredOptions, type OwnOption, takeOwnOptions } from "./own-options.ts";
import { type Arguments, declareRunOptions, readRunArguments, wordsOf } from "./run-arguments.ts";
import { untilStopped } from "./stop-signals.ts";
import { fromHere, progressOn } from "./terminal.ts";

const defaultRepeats = 3;
const defaultCoolDownNs = 2e9;

const compareOptions = {
  repeats: {
    argument: "NUMBER",
    description: "Runs on each endpoint",
    defaultText: `${defaultRepeats}`,
    reads: wholeNumber(1),
  },
  coolDown: { argument: "TIME", description: "Pause between two runs", defaultText: "2s", reads: duration },
} as const satisfies Record<string, OwnOption>;

/** `flexbench compare`: finished runs side by side, or the same benchmark on several endpoints in turn. */
export const compareCommand: CommandModule<object, Arguments> = {
  command: "compare",
  describe: "Compare finished runs, or endpoints by runs in turn",
  builder: (yargs) =>
    declareRunOptions(yargs.options(declaredOptions("Compare", compareOptions)))
      .usage(
        "$0 compare DIR DIR… [--json]\n$0 compare --endpoint URL --endpoint URL [options of run]\n\nSays which is faster, and how sure that is. The first one is what the others are held against.",
      )
      .example("$0 compare before after", "Two finished runs")
      .example("$0 compare --endpoint URL1 --endpoint URL2 --target-qps 5", "Two servers, A B B A A B")
      .epilogue(exitCodeHelp),
  handler: async (args) => {
    const [, ...folders] = wordsOf(args);
    process.exitCode = folders.length > 0 ? await compareFinished(args, folders) : await compareServers(args);
  },
};

async function compareFinished(args: Arguments, folders: readonly string[]): Promise<ExitCode> {
  const { json, endpoint } = args;
  if (endpoint !== undefined || folders.length < 2) {
    const problem =
      endpoint === undefined
        ? { where: folders.join(" "), message: "is only one run; give two at least" }
        : { where: "--endpoint", message: "is not for finished runs; give folders or endpoints" };
    throw new UsageError("COMPARE_INVALID", [problem], { hint: "`flexbench compare --help` has examples." });
  }
  show(await compareFolders(folders), json === true || json === "true", null);
  return exitCodes.ok;
}

async function compareServers(args: Arguments): Promise<ExitCode> {
  const { values, problems, rest } = takeOwnOptions(args, compareOptions);
  const config = loadRunConfig({ ...readRunArguments(rest, process.env, problems), command: "compare" });
  if (config.dryRun) {
    process.stdout.write(`${describeRun(config)}\n`);
    return exitCodes.ok;
  }
  const progress = config.quiet ? null : progressOn(process.stderr, process.env);
  const stopping = {
    signals: process,
    onStop: () =>
      progress?.say("Stopping the comparison; what is finished stays. Once more to quit at once."),
    quit: () => process.exit(exitCodes.interrupted),
  };
  try {
    const { comparison, folder } = await untilStopped(stopping, (signal) =>
      compareEndpoints(config, {
        repeats: (values.repeats as number | undefined) ?? defaultRepeats,
        coolDownNs: (values.coolDown as number | undefined) ?? defaultCoolDownNs,
        run: async (runConfig, options) => (await import("../run.ts")).run(runConfig, options),
        signal,
        listener: {
          onSweepEvent: (event) => {
            if (event.kind === "run-event") progress?.onEvent(event.event);
            else if (event.kind === "message") progress?.say(event.message);
          },
        },
      }),
    );
    progress?.close();
    const page = await leavePage("comparison", folder, progress);
    show(comparison, config.json, fromHere(folder));
    if (page !== null && !config.json) process.stdout.write(`Page   ${fromHere(page)}\n`);
    return exitCodes.ok;
  } catch (error) {
    if (error instanceof SweepInterrupted) return exitCodes.interrupted;
    throw error;
  } finally {
    progress?.close();
  }
}

function show(comparison: Comparison, json: boolean, folder: string | null): void {
  process.stdout.write(
    json ? `${JSON.stringify(comparison, null, 2)}\n` : renderComparison(comparison, folder),
  );
}
