import { type Problem, UsageError } from "../errors.ts";
import { didYouMean } from "./did-you-mean.ts";

/** Problems of options that a dataset does not know. */
export function unknownOptions(
  options: Readonly<Record<string, string>>,
  known: readonly string[],
): Problem[] {
  return Object.keys(options)
    .filter((name) => !known.includes(name))
    .map((name) => ({
      where: optionPlace(name),
      message:
        known.length === 0
          ? "this dataset has no options"
          : `this dataset has no such option. ${didYouMean(name, known)}`,
    }));
}

/** How an option is called in messages. */
export function optionPlace(name: string): string {
  return `dataset option ${name}`;
}

/** The error of options that cannot be used, all at once. */
export function invalidOptions(problems: readonly Problem[]): UsageError {
  return new UsageError("DATASET_OPTION_INVALID", problems);
}
