import type { Problem } from "../errors.ts";
import { brokenRules } from "./cross-field-rules.ts";
import type { GivenValue } from "./given-values.ts";
import { flagOf, type RunOptionKey, runOptions } from "./run-options.ts";
import { type RunSettings, runSchema } from "./run-schema.ts";

/** The options that could be read, and everything that is wrong with the others or between them. */
export interface SettingsReading {
  settings: RunSettings;
  problems: Problem[];
}

/**
 * Reads every given value, then holds the readable ones against the rules between options. Rules about options that
 * are decided later are left alone.
 */
export function readSettings(
  given: ReadonlyMap<RunOptionKey, GivenValue>,
  decidedLater: readonly RunOptionKey[] = [],
): SettingsReading {
  const values: Partial<Record<RunOptionKey, unknown>> = {};
  const messages: { key: RunOptionKey; message: string }[] = [];
  for (const [key, { value }] of given) {
    const message = shapeProblem(key, value);
    if (message === null) values[key] = value;
    else messages.push({ key, message });
  }
  for (const { path, message } of runSchema.safeParse(values).error?.issues ?? []) {
    messages.push({ key: path[0] as RunOptionKey, message });
  }

  const unreadable = new Set(messages.map(({ key }) => key));
  for (const key of unreadable) delete values[key];
  const settings = runSchema.parse(values);
  messages.push(
    ...brokenRules(settings, decidedLater).filter(
      ({ key }) => !unreadable.has(key) && !decidedLater.includes(key),
    ),
  );

  const problems = messages.map(({ key, message }) => ({
    where: given.get(key)?.where ?? flagOf(key),
    message,
  }));
  return { settings, problems };
}

/** A flag given several times arrives as a list, and one without its value as empty text or true. */
function shapeProblem(key: RunOptionKey, value: unknown): string | null {
  const takesOneValue = runOptions[key].kind === "text" || runOptions[key].kind === "switch";
  if (takesOneValue && Array.isArray(value)) return `takes one value, not ${value.length}`;
  const parts: unknown[] = Array.isArray(value) ? value : [value];
  const isMissing = parts.some((part) => part === "" || (part === true && runOptions[key].kind !== "switch"));
  return isMissing ? "needs a value" : null;
}
