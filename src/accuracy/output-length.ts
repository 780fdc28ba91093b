import { defineMetric } from "./define-metric.ts";

/** Characters of a text, as Python counts them: code points. */
export function characterCount(text: string): number {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}

/** How long the answers are; needs no references. */
export const outputLength = defineMetric({
  name: "output-length",
  description: "Characters of all answers (gen_len) and output tokens an answer (tokens_per_sample).",
  needsReference: false,
  keepsReasoning: true,
  aggregates: { gen_len: "sum" },
  perSample: ({ answer, outputTokens }) => ({
    gen_len: characterCount(answer.trim()),
    ...(outputTokens === null ? {} : { tokens_per_sample: outputTokens }),
  }),
});
