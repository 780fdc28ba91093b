import type { InferredOptionTypes } from "yargs";
import { borderlessTable } from "../campaign/borderless-table.ts";
import { exitCodes } from "../errors.ts";
import { type CheckedResult, type CheckProblem, checkSubmission } from "../mlperf/check/check-submission.ts";
import { type OfficialVerdicts, officialVerdicts } from "../mlperf/check/official-verdicts.ts";
import { currentRound } from "../mlperf/round.ts";

/** Flags of `flexbench submission check`. */
export const checkFlags = {
  official: {
    type: "string",
    requiresArg: true,
    describe: "DIR: also run both official checkers of this checkout of mlcommons/inference",
  },
  submitter: { type: "string", requiresArg: true, describe: "NAME: check only this submitter's folders" },
  json: { type: "boolean", default: false, describe: "Print the verdicts as JSON" },
} as const;

/** Flags of `flexbench submission check`, as yargs gives them. */
export type CheckFlags = Partial<InferredOptionTypes<typeof checkFlags>> & { folder: string };

/** What the command writes to, and where its exit code goes. */
export interface CheckProcess {
  stdout: { write(text: string): unknown };
  exitCode?: number | string | null | undefined;
}

/**
 * Checks the tree of a submission and prints every problem with file and rule. Sets exit code 3 when there are
 * problems, or when an official checker fails or disagrees. Throws what `checkSubmission` and `officialVerdicts` throw.
 */
export async function checkCommandHandler(flags: CheckFlags, process: CheckProcess): Promise<void> {
  const { folder, official, submitter, json } = flags;
  const outcome = await checkSubmission(folder, submitter === undefined ? {} : { submitter });
  const verdicts =
    official === undefined
      ? null
      : await officialVerdicts(folder, outcome, { checkout: official, submitter: submitter ?? null });
  const isClean = outcome.problems.length === 0 && (verdicts?.disagreements.length ?? 0) === 0;
  process.stdout.write(
    json === true
      ? `${JSON.stringify(asJson(outcome.results, outcome.problems, verdicts), null, 2)}\n`
      : asText(outcome.results, outcome.problems, verdicts),
  );
  if (!isClean) process.exitCode = exitCodes.invalid;
}

function asJson(
  results: readonly CheckedResult[],
  problems: readonly CheckProblem[],
  verdicts: OfficialVerdicts | null,
): object {
  const official =
    verdicts === null
      ? null
      : {
          ...verdicts,
          parts: verdicts.parts.map((part) => ({ ...part, verdicts: Object.fromEntries(part.verdicts) })),
        };
  return { schema: "flexbench.submission-check/1", round: currentRound.name, results, problems, official };
}

function asText(
  results: readonly CheckedResult[],
  problems: readonly CheckProblem[],
  verdicts: OfficialVerdicts | null,
): string {
  const sections = [
    problemText(problems),
    resultText(results),
    verdicts === null ? "" : officialText(verdicts),
  ];
  const count = problems.length === 0 ? "no problems" : counted(problems.length, "problem");
  const total = `Round ${currentRound.name}: ${counted(results.length, "result")}, ${count}.`;
  return `${[...sections.filter((section) => section !== ""), total].join("\n\n")}\n`;
}

function problemText(problems: readonly CheckProblem[]): string {
  const files = [...new Set(problems.map(({ file }) => file))];
  return files
    .flatMap((file) => [
      file,
      ...problems
        .filter((problem) => problem.file === file)
        .map(({ rule, message }) => `  ${rule}: ${message}`),
    ])
    .join("\n");
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

const verdictWord = (passed: boolean | null): string => (passed === null ? "-" : passed ? "passes" : "FAILS");

function resultText(results: readonly CheckedResult[]): string {
  if (results.length === 0) return "";
  return borderlessTable(
    ["Result", "Figure", "Unit", "Verdict"],
    results.map(({ folder, figure, unit, passed }) => [
      folder,
      figure === null ? "-" : String(figure),
      unit,
      verdictWord(passed),
    ]),
    1,
  );
}

function officialText({ results, parts, disagreements }: OfficialVerdicts): string {
  const table = borderlessTable(
    ["Result", "FlexBench", "Official", "Former official"],
    results.map(({ folder, flexbench, present, former }) => [
      folder,
      ...[flexbench, present, former].map(verdictWord),
    ]),
    1,
  );
  const notes = parts.flatMap(({ note }) =>
    note === null ? [] : [`The former official checker ran ${note}.`],
  );
  const complaints =
    disagreements.length === 0 ? [] : parts.flatMap(({ complaints: said }) => said.slice(0, 10));
  return [table, ...notes, ...disagreements, ...complaints.map((line) => `  ${line}`)].join("\n");
}
