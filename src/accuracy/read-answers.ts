import type { Dataset, Sample } from "../dataset/define-dataset.ts";
import { UsageError } from "../errors.ts";
import type { ReasoningMarks } from "../model/define-model.ts";
import { splitReasoning } from "../model/reasoning.ts";
import type { Tokenizer } from "../tokenizer/tokenizer.ts";
import type { AccuracyLog, LoggedAnswer } from "./accuracy-log.ts";
import type { MetricAnswer } from "./define-metric.ts";

/** How logged bytes become the text that is scored. */
export interface AnswerReading {
  payload: "token-ids" | "text";
  /** Needed for token ids. */
  tokenizer: Tokenizer | null;
  /** Marks of the model's reasoning, which is taken out; null leaves it in. */
  reasoning: ReasoningMarks | null;
}

/**
 * Logged answers beside their samples. Throws a UsageError `ACCURACY_NEEDS_TOKENIZER`, `ACCURACY_PAYLOAD_INVALID`, and
 * `ACCURACY_OTHER_DATASET` when the log names samples that the dataset does not have.
 */
export async function readAnswers(
  log: AccuracyLog,
  dataset: Dataset,
  reading: AnswerReading,
): Promise<MetricAnswer[]> {
  const beyond = log.answers.filter(({ index }) => index >= dataset.size).length;
  if (beyond > 0) {
    const message = `${beyond} of ${log.answers.length} answers belong to samples that ${dataset.name} does not have (it has ${dataset.size})`;
    throw new UsageError("ACCURACY_OTHER_DATASET", [{ where: log.path, message }], {
      hint: "Name the dataset of the run with --dataset.",
    });
  }
  const answers: MetricAnswer[] = [];
  for (const logged of log.answers) {
    const sample = await dataset.sample(logged.index);
    const text = textOf(logged, reading, log.path);
    answers.push({
      index: logged.index,
      prompt: promptOf(sample),
      answer: reading.reasoning === null ? text : splitReasoning(text, reading.reasoning).answer,
      reference: sample.reference ?? null,
      outputTokens: logged.tokenCount ?? (reading.payload === "token-ids" ? logged.data.length / 4 : null),
    });
  }
  return answers;
}

function textOf({ data, index }: LoggedAnswer, { payload, tokenizer }: AnswerReading, path: string): string {
  if (payload === "text") return data.toString("utf8");
  if (tokenizer === null) {
    throw new UsageError(
      "ACCURACY_NEEDS_TOKENIZER",
      [{ where: path, message: "it holds token ids, and only the model's tokenizer can tell their text" }],
      { hint: "Name it with --tokenizer (a folder or a Hub id)." },
    );
  }
  if (data.length % 4 !== 0) {
    const message = `sample ${index} has ${data.length} bytes, which are no 32-bit token ids`;
    throw new UsageError("ACCURACY_PAYLOAD_INVALID", [{ where: path, message }]);
  }
  const ids = Array.from({ length: data.length / 4 }, (_, position) => data.readInt32LE(4 * position));
  return tokenizer.decode(ids);
}

function promptOf({ prompt, messages }: Sample): string {
  return prompt ?? messages?.at(-1)?.content ?? "";
}
