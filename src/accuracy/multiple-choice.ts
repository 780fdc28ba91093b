import { boxedContent } from "./boxed-content.ts";
import { defineMetric } from "./define-metric.ts";

/** From the plainest way to name a choice to the vaguest; of several, the last one in the text counts. */
const namings: readonly RegExp[] = [
  /(?:final\s+)?answer\s*(?:is|:)?\s*:?\s*(?:option|choice)?\s*[*_("[]*([A-J])(?![\p{L}\p{N}'])/giu,
  /(?:option|choice)\s*[*_("[]*([A-J])(?![\p{L}\p{N}'])/giu,
  /^\s*[*_("[]*([A-J])[*_)"\].:]*\s*$/gmu,
  /^\s*[*_("[]*([A-J])[)\].:]/gmu,
  /\(([A-J])\)/giu,
];

/** The letter A to J that an answer chooses; null when it names none. */
export function chosenLetter(text: string): string | null {
  const boxed = boxedContent(text)?.match(/^\W*(?:\\text\w*\{)?\W*([A-J])(?![\p{L}\p{N}])/u)?.[1];
  if (boxed !== undefined) return boxed;
  for (const naming of namings) {
    const letter = [...text.matchAll(naming)].at(-1)?.[1];
    if (letter !== undefined) return letter.toUpperCase();
  }
  return null;
}

/** The answer chooses the letter of the reference. */
export const multipleChoice = defineMetric({
  name: "multiple-choice",
  description: "The answer chooses the letter (A to J) that the reference names.",
  perSample: ({ answer, reference }) => {
    const expected = chosenLetter(reference ?? "");
    return { exact_match: expected !== null && chosenLetter(answer) === expected };
  },
});
