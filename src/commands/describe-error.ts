import { type FlexBenchError, UsageError } from "../errors.ts";

/** An error for people: code and sentence, each problem on a line of its own, and what to do about it. */
export function describeError(error: FlexBenchError): string {
  const hint = error.hint === null ? [] : [`hint: ${error.hint}`];
  if (!(error instanceof UsageError)) return [`error ${error.code}: ${error.message}`, ...hint].join("\n");
  const problems = error.problems.map(({ where, message }) => `${where}: ${message}`);
  const [only, ...more] = problems;
  if (more.length === 0) return [`error ${error.code}: ${only}`, ...hint].join("\n");
  return [
    `error ${error.code}: ${problems.length} problems`,
    ...problems.map((problem) => `  ${problem}`),
    ...hint,
  ].join("\n");
}
