import type { LogEntry } from "../../accuracy/accuracy-log.ts";
import { readAccuracyText } from "./accuracy-text.ts";
import { meanOutputTokens } from "./headline.ts";
import type { KeptAccuracyLog } from "./kept-accuracy-log.ts";
import type { Finding, Rule } from "./rule.ts";
import type { ResultFolder } from "./submission-tree.ts";

const tokenBytes = 4;
const shown = 3;

/** A few answers say little about the mean length of all; the figure of an evaluation says it. */
const mostRatio = { ofSomeAnswers: 2, ofAllAnswers: 1.1 };

const logsOf = ({ performance, accuracy }: ResultFolder): KeptAccuracyLog[] =>
  [performance.accuracyLog, accuracy.accuracyLog].filter((log) => log !== null);

function payloadComplaint({ data, firstToken, tokenCount, index }: LogEntry): string | null {
  const sample = `the answer to sample ${index}`;
  if (tokenCount === null) return `${sample} has no token_count`;
  if (data.length !== tokenCount * tokenBytes)
    return `${sample} has ${data.length} bytes for ${tokenCount} tokens, and 4 bytes each (int32) are needed`;
  if (firstToken !== null && !data.subarray(0, firstToken.length).equals(firstToken))
    return `${sample} does not begin with its first tokens`;
  return null;
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** Rules that performance and accuracy tests report outputs by the same code. */
export const outputRules: readonly Rule<ResultFolder>[] = [
  {
    id: "payload-form",
    asks: "Logged answers are token ids of 4 bytes, as many as were counted, beginning with the first tokens.",
    find: (result) =>
      logsOf(result).flatMap(({ path: file, answers }) =>
        answers
          .flatMap((answer) => payloadComplaint(answer) ?? [])
          .slice(0, shown)
          .map((message): Finding => ({ file, message })),
      ),
  },
  {
    id: "output-length",
    asks: "Outputs of the performance test are as long as those of the accuracy test: within 10 % of tokens_per_sample where an evaluation tells it, else within a factor of 2 of the answers in the log.",
    find: (result) => {
      const { performance, accuracy, accuracyText, rules } = result;
      // Different data sets and reasoning efforts give different lengths.
      if (rules.separateSets || performance.detail === null) return [];
      const performed = meanOutputTokens(performance.detail);
      const [evaluated] =
        readAccuracyText(accuracyText ?? "", ["tokens_per_sample"]).figures.get("tokens_per_sample") ?? [];
      const counts = (accuracy.accuracyLog?.answers ?? []).flatMap(({ tokenCount }) => tokenCount ?? []);
      const scored = evaluated ?? (counts.length > 0 ? mean(counts) : null);
      if (performed === null || scored === null) return [];
      const most = evaluated === undefined ? mostRatio.ofSomeAnswers : mostRatio.ofAllAnswers;
      const ratio = performed / scored;
      if (ratio <= most && ratio >= 1 / most) return [];
      const message = `its outputs have ${performed.toFixed(2)} tokens on average, those of the accuracy test ${scored.toFixed(2)}`;
      return [{ file: performance.detail.path, message }];
    },
  },
];
