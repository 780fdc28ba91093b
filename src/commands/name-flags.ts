import { flagOf } from "../config/run-options.ts";
import { UsageError } from "../errors.ts";

const ownNames: Readonly<Record<string, string>> = { "answers.errorRate": "--answer-error-rate" };

/** Throws the error, its problems told of the flags that gave the settings. */
export function nameFlags(error: unknown): never {
  if (!(error instanceof UsageError)) throw error;
  const problems = error.problems.map(({ where, message }) => ({
    where:
      ownNames[where] ?? (/^[a-z]\w*$/i.test(where) ? flagOf(where) : where.replace(/^fault /, "--fault ")),
    message,
  }));
  throw new UsageError(error.code, problems, error.hint === null ? {} : { hint: error.hint });
}
