import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ScoredLog } from "./score-log.ts";

/** Names of the files that an accuracy test leaves beside its record. */
export const accuracyFiles = { text: "accuracy.txt", samples: "accuracy-samples.jsonl" } as const;

const promptExcerpt = 200;

/** Writes `accuracy.txt` and `accuracy-samples.jsonl` into a folder. */
export async function writeAccuracyFiles(folder: string, scored: ScoredLog): Promise<void> {
  await writeFile(join(folder, accuracyFiles.text), accuracyText(scored));
  await writeFile(join(folder, accuracyFiles.samples), samplesText(scored));
}

/** As the official scripts print, with the line that ties the figures to the log: the submission checker reads it. */
export function accuracyText({ scores, answers }: ScoredLog): string {
  const figures = Object.entries(scores.metrics).map(
    ([name, value]) => `'${name}': ${figureText(name, value)}`,
  );
  return `\nResults\n\n{${[...figures, `'gen_num': ${answers.length}`].join(", ")}}\nhash=${scores.logSha256}\n`;
}

/** Never in the form 1e-7, which the checker's patterns would read as 1. */
function figureText(name: string, value: number): string {
  const digits = name === "tokens_per_sample" ? 1 : 4;
  return value.toFixed(digits).replace(/\.?0+$/, "");
}

/** One line a sample, for reading: what was asked, said and expected, and the scores. */
function samplesText({ answers, perSample }: ScoredLog): string {
  return answers
    .map(({ index, prompt, answer, reference, outputTokens }, position) => {
      const scores = perSample?.[position] ?? null;
      const line = { index, prompt: excerpt(prompt), answer, reference, outputTokens, scores };
      return `${JSON.stringify(line)}\n`;
    })
    .join("");
}

/** The end of a prompt says more than its beginning, which a template may fill. */
function excerpt(prompt: string): string {
  return prompt.length <= promptExcerpt ? prompt : `…${prompt.slice(1 - promptExcerpt)}`;
}
