import { z } from "zod";
import { camelCase } from "../config/run-options.ts";
import { text } from "../config/run-values.ts";
import { gpuVariables } from "./choose-gpus.ts";
import { defineServer } from "./define-server.ts";
import { launchFields } from "./launch-settings.ts";

const {
  executable: _executable,
  python: _python,
  container: _container,
  image: _image,
  memoryLimit: _memoryLimit,
  cache: _cache,
  serverArgument: _serverArgument,
  ...fields
} = launchFields;

/** A word in braces; a shell's own `${VARIABLE}` is none. */
const wordInBraces = /(?<!\$)\{([A-Za-z][\w-]*)\}/g;

const scalar = z.union([
  z.string(),
  z.number(),
  z.boolean(),
  z.array(z.union([z.string(), z.number(), z.boolean()])),
]);

/** Further settings are words for the braces of the command. */
const settings = z
  .object({
    ...fields,
    command: text.describe(
      "COMMAND: shell command; {port}, {host}, {model} and further words in braces are filled in",
    ),
    healthPath: text.optional().describe("PATH: answers 200 once it is ready; /health by default"),
  })
  .catchall(scalar);

type CommandSettings = z.output<typeof settings>;

/** Any command that starts a server with an OpenAI interface. */
export const commandServer = defineServer<CommandSettings>({
  name: "command",
  title: "The server",
  settings,
  devices: ["cuda", "rocm", "cpu", "arm"],
  command: (given, { host, port, model, device, gpus }) => ({
    executable: "/bin/sh",
    arguments: ["-c", fillIn(given.command, { ...given, host, port, model: model ?? undefined })],
    environment: gpuVariables(device, gpus),
  }),
  image: () => null,
  // A command that does not ask which node it is on would start a server of its own on each.
  onNodes: (given, { nodes, rank, head, headPort }) => ({ ...given, nodes, nodeRank: rank, head, headPort }),
});

/**
 * The command with every `{word}` replaced by its value, quoted for the shell unless told otherwise; what has no value is
 * left as it is.
 */
export function fillIn(
  command: string,
  values: Readonly<Record<string, unknown>>,
  quote: (part: unknown) => string = quoteForShell,
): string {
  return command.replaceAll(wordInBraces, (braces, word: string) => {
    const value = values[word] ?? values[camelCase(word)];
    return value === undefined || value === null ? braces : [value].flat().map(quote).join(" ");
  });
}

/** The words in braces of a command, in camelCase. */
export function wordsIn(command: string): string[] {
  return [...command.matchAll(wordInBraces)].map(([, word = ""]) => camelCase(word));
}

/** The word as a shell takes it literally. */
export function quoteForShell(word: unknown): string {
  const text = String(word);
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
