import { isDeepStrictEqual } from "node:util";
import { runDefaults } from "../config/defaults.ts";
import { writeDuration } from "../config/durations.ts";
import { flagOf, kebabCase, type RunOptionKey, runOptionKeys, runOptions } from "../config/run-options.ts";
import { mask } from "../config/secrets.ts";

/**
 * The command that makes a run again, from its resolved configuration. What was masked stands as `***`; the place of the
 * results is left to the new run.
 */
export function runCommand(config: Readonly<Record<string, unknown>>): string {
  const options = runOptionKeys
    .filter((key) => key !== "output" && !isDefault(key, config[key]))
    .flatMap((key) => optionTexts(key, config[key]));
  return ["flexbench run", ...options].join(" \\\n  ");
}

/** Whether a secret has to be put back before the command works. */
export function hasMaskedSecret(command: string): boolean {
  return command.includes(mask);
}

function optionTexts(key: RunOptionKey, value: unknown): string[] {
  const withValue = (text: unknown) => `${flagOf(key)} ${quoted(String(text))}`;
  switch (runOptions[key].kind) {
    case "switch":
      return [value === true ? flagOf(key) : `--no-${kebabCase(key)}`];
    case "pairs":
      return Object.entries(value ?? {}).map(([name, part]) => withValue(`${name}=${part}`));
    case "list":
      return (Array.isArray(value) ? value : [value]).map(withValue);
    case "text":
      return [withValue(value)];
  }
}

function isDefault(key: RunOptionKey, value: unknown): boolean {
  if (value === null || value === undefined) return true;
  const standard: unknown = key in runDefaults ? runDefaults[key as keyof typeof runDefaults] : undefined;
  if (standard === undefined) return value === false;
  const asWritten = typeof standard === "number" ? writeDuration(standard) : standard;
  return isDeepStrictEqual(value, standard) || value === asWritten;
}

/** A word as a shell takes it. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
