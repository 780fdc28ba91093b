import { camelCase } from "../config/run-options.ts";
import { pairs } from "../config/run-values.ts";
import { isSecretName } from "../config/secrets.ts";
import type { Problem } from "../errors.ts";
import type { AnyServer } from "./server-kinds.ts";

/**
 * What in a server's settings would show a secret to whoever sees the command line or reads the file that they stand in:
 * variables (`env`) that are named like a secret. For settings that a person wrote; a program may give such variables.
 */
export function shownSecrets(settings: Readonly<Record<string, unknown>>): Problem[] {
  const given = Object.entries(settings).find(([name]) => camelCase(name) === "env")?.[1];
  const variables = given === undefined || given === null ? {} : (pairs.safeParse(given).data ?? {});
  return Object.keys(variables)
    .filter(isSecretName)
    .map((name) => ({
      where: "env",
      message: `${name} would show a secret; set it in the environment and give its name alone, by pass-env`,
    }));
}

/** Arguments of the server itself that would show a secret on its command line, where other users see it. */
export function secretArguments(
  { title, secretFlags = {} }: Pick<AnyServer, "title" | "secretFlags">,
  words: readonly string[],
): Problem[] {
  const flags = words.filter((word) => word.startsWith("-")).map(flagOf);
  return Object.entries(secretFlags)
    .filter(([flag]) => flags.some((given) => given === flag || isAbbreviation(given, flag)))
    .map(([flag, variable]) => {
      const otherwise =
        variable === null ? `${title} takes it in no other way: leave it out` : `set ${variable} instead`;
      return { where: "serverArgument", message: `${flag} would show a secret; ${otherwise}` };
    });
}

/** Engines read `_` as `-`, and a value after `=`. */
function flagOf(word: string): string {
  return (word.split("=", 1)[0] ?? word).replaceAll("_", "-");
}

const shortestAbbreviation = "--hf-t".length;

/** Python's argparse takes the begin of a flag for the flag. */
function isAbbreviation(given: string, flag: string): boolean {
  return given.length >= shortestAbbreviation && flag.startsWith(given);
}
