import { defineMetric } from "./define-metric.ts";

const numberPattern = /-?[$€£]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?|-?[$€£]?\.\d+/g;

/**
 * The number that an answer comes to: behind "####", else behind the last "answer is" or "answer:", else the last one.
 * Null when there is none.
 */
export function finalNumber(text: string): number | null {
  const marked = text.split("####").at(-1) ?? "";
  if (text.includes("####")) return firstNumber(marked) ?? lastNumber(text);
  const stated = [...text.matchAll(/answer(?:\s+is)?\s*:?\s*([^\n]*)/gi)].at(-1)?.[1] ?? "";
  return firstNumber(stated) ?? lastNumber(text);
}

function firstNumber(text: string): number | null {
  return numberOf(text.match(numberPattern)?.at(0));
}

function lastNumber(text: string): number | null {
  return numberOf(text.match(numberPattern)?.at(-1));
}

function numberOf(digits: string | undefined): number | null {
  return digits === undefined ? null : Number(digits.replaceAll(/[$€£,]/g, ""));
}

/** GSM8K: the final number of the answer is that of the reference. */
export const gsm8k = defineMetric({
  name: "gsm8k",
  description: "The final number of the answer is that of the reference.",
  perSample: ({ answer, reference }) => {
    const expected = finalNumber(reference ?? "");
    return { gsm8k: expected !== null && finalNumber(answer) === expected };
  },
});
