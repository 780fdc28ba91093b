#!/usr/bin/env node
import yargs, { type CommandModule } from "yargs";
import { closestName } from "./config/closest-name.ts";
import { exitCodes, FlexBenchError, UsageError } from "./errors.ts";
import { flexbenchVersion } from "./results/version.ts";

/** Commands load when they are asked for: the rest of the program need not be read to print a version. */
const commands: Readonly<Record<string, () => Promise<CommandModule<object, never>>>> = {
  run: async () => (await import("./commands/run.ts")).runCommand as CommandModule<object, never>,
  serve: async () => (await import("./commands/serve.ts")).serveCommand as CommandModule<object, never>,
  probe: async () => (await import("./commands/probe.ts")).probeCommand as CommandModule<object, never>,
  doctor: async () => (await import("./commands/doctor.ts")).doctorCommand as CommandModule<object, never>,
};

const exitCodeHelp = `Exit codes: 0 done and VALID · 1 internal error · 2 usage or configuration · 3 INVALID ·
4 endpoint unreachable or refused · 5 failed run · 6 accuracy below target · 130 interrupted`;

async function main(words: string[]): Promise<void> {
  const [name = ""] = words;
  if (name === "--version" || name === "-v") {
    console.log(flexbenchVersion().version);
    return;
  }
  const asked = commands[name];
  if (name !== "" && !name.startsWith("-") && !asked) throw unknownCommand(name);
  const chosen = asked ? [asked] : Object.values(commands);
  const parser = yargs(words)
    .scriptName("flexbench")
    .usage("$0 COMMAND [options]\n\nMLPerf-grade benchmarking of LLM servers.")
    .version(flexbenchVersion().version)
    .help()
    .alias("help", "h")
    .wrap(Math.min(110, process.stdout.columns ?? 80))
    .epilogue(exitCodeHelp)
    .demandCommand(1, "")
    .exitProcess(false)
    .fail((message, error) => {
      throw error ?? new UsageError("USAGE", [{ where: "command line", message }], { hint: "Add --help." });
    });
  for (const load of chosen) parser.command(await load());
  if (words.length === 0) {
    parser.showHelp((text) => console.error(text));
    process.exitCode = exitCodes.usage;
    return;
  }
  await parser.parseAsync();
}

function unknownCommand(name: string): UsageError {
  const names = Object.keys(commands);
  const closest = closestName(name, names);
  return new UsageError("USAGE", [{ where: name, message: "is no command" }], {
    hint: closest === null ? `Commands: ${names.join(", ")}.` : `Did you mean ${closest}?`,
  });
}

function report(error: unknown): void {
  if (error instanceof FlexBenchError) {
    console.error(describeError(error));
    process.exitCode = error.exitCode;
  } else {
    console.error("error INTERNAL: this is a bug in FlexBench; please report it with what follows.");
    console.error(error);
    process.exitCode = exitCodes.internal;
  }
  if (process.env.FLEXBENCH_DEBUG === "1" && error instanceof FlexBenchError) console.error(error);
}

function describeError(error: FlexBenchError): string {
  const lines =
    error instanceof UsageError
      ? error.problems.map(({ where, message }) => `${where}: ${message}`)
      : [error.message];
  const [first = "", ...rest] = lines;
  return [
    `error ${error.code}: ${first}`,
    ...rest.map((line) => `  ${line}`),
    ...(error.hint === null ? [] : [`hint: ${error.hint}`]),
  ].join("\n");
}

// A reader that went away, such as `head`, is no error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(exitCodes.ok);
  throw error;
});

main(process.argv.slice(2)).catch(report);
