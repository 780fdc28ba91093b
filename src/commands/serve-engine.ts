import type { Argv, CommandModule } from "yargs";
import { flagOf, kebabCase } from "../config/run-options.ts";
import { exitCodes, FlexBenchError, type Problem, UsageError } from "../errors.ts";
import { shownSecrets } from "../server/secret-settings.ts";
import { type AnyServer, knownServers, readServerSettings } from "../server/server-kinds.ts";
import { describeStart, type ServeEvent, startServer } from "../server/start-server.ts";
import { nameFlags } from "./name-flags.ts";
import type { Arguments } from "./run-arguments.ts";
import { serveUntilStopped } from "./serve-until-stopped.ts";

/** Servers with a command of their own here, whose flags have types. */
const others = ["sim", "llamacpp"];

/** `flexbench serve vllm` and the like: one command a server definition, its settings as flags. */
export const engineCommands: readonly CommandModule<object, Arguments>[] = knownServers
  .filter(({ name }) => !others.includes(name))
  .map(commandOf);

const commandFlags = {
  log: {
    describe:
      "FILE: where the server's output is written; by default a new file in the cache folder, kept if it fails",
    group: "Output:",
  },
  json: { type: "boolean", describe: "Print the server as one line of JSON", group: "Output:" },
} as const;

function commandOf(server: AnyServer): CommandModule<object, Arguments> {
  const isCommand = server.name === "command";
  const place = isCommand ? "shell" : "name";
  return {
    command: `${server.name} [${place}]`,
    describe: isCommand ? "Any command that starts a server with an OpenAI interface" : describe(server),
    builder: (yargs: Argv) =>
      yargs
        .strict(false)
        .parserConfiguration({ "parse-numbers": false, "dot-notation": false, "populate--": true })
        .positional(place, { describe: isCommand ? "As --command" : "As --model" })
        .options(Object.fromEntries(Object.entries(server.settings.shape).map(optionOf)))
        .options(commandFlags)
        .epilogue(
          "serverArgument" in server.settings.shape
            ? "Words after -- are passed to the server as they are."
            : "Further flags are words for the braces of the command.",
        ),
    handler: (args) => serve(server, args, isCommand ? "command" : "model", args[place]),
  };
}

function describe({ title, devices }: AnyServer): string {
  return `${title}, on ${devices.join(", ")}`;
}

function optionOf([key, field]: [string, { description?: string | undefined }]): [
  string,
  { describe: string; group: string },
] {
  return [kebabCase(key), { describe: field.description ?? "", group: "Settings:" }];
}

async function serve(server: AnyServer, args: Arguments, key: string, word: unknown): Promise<void> {
  const { json, log, settings } = readArguments(args, key, word);
  refuseSettings(server, settings);
  const interruption = new AbortController();
  const interrupt = () => interruption.abort();
  for (const signal of stopSignals) process.on(signal, interrupt);
  try {
    const options = {
      signal: interruption.signal,
      onProgress: showStart,
      ...(log === null ? {} : { logPath: log }),
    };
    const started = await startServer(server.name, settings, options).catch(nameFlags);
    process.stderr.write(`${server.title} is ready; its log is ${started.logPath}\n`);
    if (interruption.signal.aborted) await started.stop();
    else await serveUntilStopped(started, json);
  } catch (error) {
    if (!interruption.signal.aborted || !(error instanceof FlexBenchError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = exitCodes.interrupted;
  } finally {
    for (const signal of stopSignals) process.off(signal, interrupt);
  }
}

const stopSignals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Throws a UsageError with everything that is wrong with these settings on a command line. */
function refuseSettings(server: AnyServer, settings: Readonly<Record<string, unknown>>): void {
  const problems: Problem[] = [];
  readServerSettings(server, settings, problems, flagOf);
  problems.push(...shownSecrets(settings).map(({ where, message }) => ({ where: flagOf(where), message })));
  if (problems.length > 0)
    throw new UsageError("SERVER_SETTINGS", problems, {
      hint: `\`flexbench serve ${server.name} --help\` lists its settings.`,
    });
}

const notSettings = new Set(["_", "--", "$0", "help", "h", "version", "v", "json", "log", "shell", "name"]);

/** The settings among the arguments; the flags of yargs' own and its camelCase twins left out. */
function readArguments(
  args: Arguments,
  key: string,
  word: unknown,
): { json: boolean; log: string | null; settings: Record<string, unknown> } {
  const settings = Object.fromEntries(
    Object.entries(args).filter(
      ([name, value]) =>
        !notSettings.has(name) &&
        value !== undefined &&
        !(kebabCase(name) !== name && kebabCase(name) in args),
    ),
  );
  const problems = [];
  const [, , ...surplus] = [args._].flat().map(String);
  for (const unexpected of surplus)
    problems.push({ where: unexpected, message: "is not an option; options begin with --" });
  if (word !== undefined && settings[key] !== undefined)
    problems.push({ where: String(word), message: `contradicts --${key}` });
  if (args.log !== undefined && (typeof args.log !== "string" || args.log === ""))
    problems.push({ where: "--log", message: "takes the name of one file" });
  if (problems.length > 0) throw new UsageError("USAGE", problems);
  if (word !== undefined) settings[key] = word;
  const further = Array.isArray(args["--"]) ? args["--"].map(String) : [];
  if (further.length > 0) settings["server-argument"] = [settings["server-argument"] ?? [], further].flat();
  return { json: args.json === true, log: typeof args.log === "string" ? args.log : null, settings };
}

/** Says what a starting server is at, on stderr. */
export function showStart(event: ServeEvent): void {
  process.stderr.write(`${describeStart(event)}\n`);
}
