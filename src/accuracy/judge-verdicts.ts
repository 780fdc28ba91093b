import { RunFailedError } from "../errors.ts";
import type { MetricAnswer } from "./define-metric.ts";

/**
 * Verdicts of a judge in the order of the answers, from its lines `{index, pass}`. Throws RunFailedError
 * `JUDGE_OUTPUT_INVALID`.
 */
export function readVerdicts(output: string, answers: readonly MetricAnswer[]): boolean[] {
  const asked = new Set(answers.map(({ index }) => index));
  const verdicts = new Map<number, boolean>();
  for (const [position, line] of output.split("\n").entries()) {
    if (line.trim() === "") continue;
    const { index, pass } = readLine(line, position + 1);
    if (!asked.has(index)) throw invalidOutput(`line ${position + 1}: sample ${index} was not asked for`);
    if (verdicts.has(index)) throw invalidOutput(`line ${position + 1}: sample ${index} is judged twice`);
    verdicts.set(index, pass);
  }
  return answers.map(({ index }) => {
    const pass = verdicts.get(index);
    if (pass === undefined)
      throw invalidOutput(
        `${asked.size - verdicts.size} of ${asked.size} samples are not judged, sample ${index} among them`,
      );
    return pass;
  });
}

function readLine(line: string, number: number): { index: number; pass: boolean } {
  let content: unknown;
  try {
    content = JSON.parse(line);
  } catch {
    throw invalidOutput(`line ${number} is not JSON`);
  }
  const { index, pass } = Object(content) as { index?: unknown; pass?: unknown };
  if (typeof index !== "number" || typeof pass !== "boolean")
    throw invalidOutput(`line ${number} is not {"index": a number, "pass": true or false}`);
  return { index, pass };
}

function invalidOutput(what: string): RunFailedError {
  return new RunFailedError("JUDGE_OUTPUT_INVALID", `The judge's output cannot be used: ${what}.`, {
    hint: 'A judge writes one line {"index": 0, "pass": true} for each line that it reads, and nothing else on stdout.',
  });
}
