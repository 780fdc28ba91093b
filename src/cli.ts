#!/usr/bin/env node
import type { Argv, CommandModule } from "yargs";
import { exitCodeHelp } from "./commands/exit-code-help.ts";
import { closestName } from "./config/closest-name.ts";
import { exitCodes, FlexBenchError, UsageError } from "./errors.ts";

/** A command, whatever its arguments are. */
type Command = CommandModule<object, never>;

/** Commands are read when they are needed: one command does not wait for the code of the others. */
const commands: Readonly<Record<string, () => Promise<Command>>> = {
  run: async () => (await import("./commands/run.ts")).runCommand as Command,
  sweep: async () => (await import("./commands/sweep.ts")).sweepCommand as Command,
  compare: async () => (await import("./commands/compare.ts")).compareCommand as Command,
  accuracy: async () => (await import("./commands/accuracy.ts")).accuracyCommand as Command,
  compliance: async () => (await import("./commands/compliance.ts")).complianceCommand as Command,
  submission: async () => (await import("./commands/submission.ts")).submissionCommand as Command,
  system: async () => (await import("./commands/system.ts")).systemCommand as Command,
  dataset: async () => (await import("./commands/dataset.ts")).datasetCommand as Command,
  predict: async () => (await import("./commands/predict.ts")).predictCommand as Command,
  board: async () => (await import("./commands/board.ts")).boardCommand as Command,
  campaign: async () => (await import("./commands/campaign.ts")).campaignCommand as Command,
  report: async () => (await import("./commands/report.ts")).reportCommand as Command,
  serve: async () => (await import("./commands/serve.ts")).serveCommand as Command,
  probe: async () => (await import("./commands/probe.ts")).probeCommand as Command,
  doctor: async () => (await import("./commands/doctor.ts")).doctorCommand as Command,
};

async function main(words: readonly string[]): Promise<void> {
  const [name] = words;
  const { flexbenchVersion } = await import("./results/version.ts");
  const { version } = flexbenchVersion();
  if (name === "--version" || name === "-v") {
    process.stdout.write(`${version}\n`);
    return;
  }
  const asked = commands[name ?? ""];
  if (asked === undefined && name !== undefined && !name.startsWith("-")) throw unknownCommand(name);
  const loaded = await Promise.all(
    (asked === undefined ? Object.values(commands) : [asked]).map((load) => load()),
  );
  const parser = await parserFor(words, version);
  for (const command of loaded) parser.command(command);
  if (name === undefined) {
    process.stderr.write(`${await parser.getHelp()}\n`);
    process.exitCode = exitCodes.usage;
    return;
  }
  await parser.parseAsync();
}

async function parserFor(words: readonly string[], version: string): Promise<Argv> {
  const { default: yargs } = await import("yargs");
  return yargs(words)
    .scriptName("flexbench")
    .locale("en")
    .usage("$0 COMMAND [options]\n\nMLPerf-grade benchmarking of LLM servers.")
    .strict()
    .demandCommand(1, "a command is needed")
    .alias({ help: "h", version: "v" })
    .version(version)
    .wrap(Math.min(110, process.stdout.columns ?? 100))
    .epilogue(exitCodeHelp)
    .fail((message: string | null, error: Error | undefined) => {
      // yargs puts some of its own complaints into an error; an error of a handler is of another kind.
      if (error !== undefined && error.name !== "YError") throw error;
      throw new UsageError(
        "USAGE",
        [{ where: "command line", message: message ?? error?.message ?? "is wrong" }],
        {
          hint: helpHint(words),
        },
      );
    });
}

function helpHint([name = ""]: readonly string[]): string {
  return name in commands
    ? `\`flexbench ${name} --help\` lists every option.`
    : "`flexbench --help` lists the commands.";
}

function unknownCommand(name: string): UsageError {
  const names = Object.keys(commands);
  const meant = closestName(name, names);
  return new UsageError("USAGE", [{ where: name, message: "is not a command" }], {
    hint: meant === null ? `Commands: ${names.join(", ")}.` : `Did you mean ${meant}?`,
  });
}

async function report(error: unknown): Promise<void> {
  const { describeError } = await import("./commands/describe-error.ts");
  if (!(error instanceof FlexBenchError)) {
    console.error("error INTERNAL: this is a bug in FlexBench; please report it with what follows.");
    console.error(error);
    process.exitCode = exitCodes.internal;
    return;
  }
  console.error(describeError(error));
  if (process.env.FLEXBENCH_DEBUG === "1") console.error(error);
  process.exitCode = error.exitCode;
}

/** A reader that went away, such as `head`, is not an error. */
function ignoreClosedPipe(stream: NodeJS.WriteStream): void {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
}

ignoreClosedPipe(process.stdout);
ignoreClosedPipe(process.stderr);
await main(process.argv.slice(2)).catch(report);
