import { stringify } from "yaml";
import type { Argv, CommandModule } from "yargs";
import { describeRun } from "../config/describe-run.ts";
import { loadRunConfig } from "../config/load-run-config.ts";
import { maskedConfig } from "../config/masked-config.ts";
import type { RunConfig } from "../config/run-config.ts";
import { kebabCase, type RunOption, runOptions } from "../config/run-options.ts";
import { exitCodes, UsageError } from "../errors.ts";
import { exitCodeOf } from "../results/exit-code.ts";
import { Progress } from "./progress.ts";

type Arguments = Record<string, unknown>;

/** `flexbench run`: one benchmark. The exit code says how it ended (`exitCodes`). */
export const runCommand: CommandModule<object, Arguments> = {
  command: "run",
  describe: "Run one benchmark: performance, accuracy or both",
  builder: addRunOptions,
  handler: async (args) => {
    const config = loadRunConfig({
      flags: givenFlags(args),
      env: process.env,
      file: typeof args.config === "string" ? args.config : null,
    });
    if (config.dryRun) {
      console.log(`# ${describeRun(config)}\n${stringify(maskedConfig(config)).trimEnd()}`);
      return;
    }
    process.exitCode = await runOnTerminal(config);
  },
};

function addRunOptions(yargs: Argv<object>): Argv<Arguments> {
  const options = Object.entries(runOptions).map(
    ([key, option]) => [kebabCase(key), yargsOption(option)] as const,
  );
  return yargs
    .usage(
      "$0 run [options]\n\nEvery option may also stand in the environment (FLEXBENCH_TARGET_QPS) or in a file.",
    )
    .options(Object.fromEntries(options))
    .option("config", {
      type: "string",
      requiresArg: true,
      group: "Output:",
      describe: "YAML file of options",
    })
    .example("$0 run", "a small model on this CPU")
    .example("$0 run --endpoint http://localhost:8000 --target-qps 5", "a server of yours");
}

function yargsOption({ kind, group, argument, description }: RunOption) {
  const common = {
    group: `${group}:`,
    describe: argument === "" ? description : `${argument}: ${description}`,
  };
  if (kind === "switch") return { ...common, type: "boolean" } as const;
  const repeatable = kind === "text" ? {} : ({ array: true, nargs: 1 } as const);
  return { ...common, ...repeatable, type: "string", requiresArg: true } as const;
}

/** What stood on the command line, by flag name: yargs adds camelCase twins, and undefined for what was not given. */
function givenFlags(args: Arguments): Record<string, unknown> {
  const words = (args._ as unknown[]).slice(1);
  if (words.length > 0)
    throw new UsageError("CONFIG_INVALID", [
      { where: String(words[0]), message: "is no option; options begin with --" },
    ]);
  const own = new Set(["_", "$0", "config", "help", "version"]);
  return Object.fromEntries(
    Object.entries(args).filter(
      ([name, value]) => !own.has(name) && !/[A-Z]/.test(name) && value !== undefined,
    ),
  );
}

/** Runs with progress on stderr and the result on stdout. The first signal ends the run early, a second one at once. */
async function runOnTerminal(config: RunConfig): Promise<number> {
  const { run } = await import("../run.ts");
  const stop = new AbortController();
  const onSignal = (): void => {
    if (stop.signal.aborted) process.exit(exitCodes.interrupted);
    stop.abort();
  };
  process.on("SIGINT", onSignal).on("SIGTERM", onSignal);
  const isPlain = process.env.NO_COLOR !== undefined || process.env.TERM === "dumb";
  const progress = config.quiet
    ? null
    : new Progress(process.stderr, {
        live: process.stderr.isTTY === true && process.env.TERM !== "dumb",
        color: process.stderr.isTTY === true && !isPlain,
      });
  progress?.say(describeRun(config));
  let folder = "";
  try {
    const record = await run(config, {
      signal: stop.signal,
      listener: {
        onEvent: (event) => {
          if (event.kind === "finished") folder = event.folder;
          progress?.onEvent(event);
        },
      },
    });
    progress?.close();
    if (config.json) console.log(JSON.stringify(record, null, 2));
    else {
      const { renderTable } = await import("../results/table.ts");
      const color = process.stdout.isTTY === true && !isPlain;
      console.log(renderTable(record, { width: process.stdout.columns ?? 80, color }));
    }
    progress?.say(`Files of the run: ${folder}`);
    return exitCodeOf(record);
  } finally {
    progress?.close();
    process.off("SIGINT", onSignal).off("SIGTERM", onSignal);
  }
}
