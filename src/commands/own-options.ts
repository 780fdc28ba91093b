import type { Options } from "yargs";
import type { ZodType } from "zod";
import { flagOf, kebabCase } from "../config/run-options.ts";
import type { Problem } from "../errors.ts";
import type { Arguments } from "./run-arguments.ts";

/** An option that a command has beside those of a run. */
export interface OwnOption {
  /** Placeholder of the value in `--help`; empty for a switch. */
  argument: string;
  description: string;
  /** As text, for `--help`. */
  defaultText?: string;
  reads: ZodType<unknown>;
}

/** Declares them to yargs in a group, without types, as the options of a run. */
export function declaredOptions(
  group: string,
  options: Readonly<Record<string, OwnOption>>,
): Record<string, Options> {
  return Object.fromEntries(
    Object.entries(options).map(([key, { argument, description, defaultText }]) => [
      kebabCase(key),
      {
        group: `${group}:`,
        describe: argument === "" ? description : `${argument}: ${description}`,
        ...(defaultText === undefined ? {} : { defaultDescription: defaultText }),
      },
    ]),
  );
}

/** The values as read, absent where not given; what is wrong with the others; and the arguments without all of them. */
export function takeOwnOptions(
  args: Arguments,
  options: Readonly<Record<string, OwnOption>>,
): { values: Record<string, unknown>; problems: Problem[]; rest: Arguments } {
  const values: Record<string, unknown> = {};
  const problems: Problem[] = [];
  const rest = { ...args };
  for (const [key, { argument, reads }] of Object.entries(options)) {
    const given = args[kebabCase(key)] ?? args[key];
    delete rest[kebabCase(key)];
    delete rest[key];
    if (given === undefined) continue;
    const problem = (message: string) => problems.push({ where: flagOf(key), message });
    if (Array.isArray(given)) problem(`takes one value, not ${given.length}`);
    else if (argument !== "" && (given === true || given === "")) problem("needs a value");
    else {
      const reading = reads.safeParse(given);
      if (reading.success) values[key] = reading.data;
      else for (const { message } of reading.error.issues) problem(message);
    }
  }
  return { values, problems, rest };
}
