import { defineMetric } from "./define-metric.ts";
import { normalisedText } from "./normalised-text.ts";

/** The whole answer is the reference, but for case, articles, marks and white space. */
export const exactMatch = defineMetric({
  name: "exact-match",
  description: "The answer is the reference, but for case, articles, marks and white space.",
  perSample: ({ answer, reference }) => ({
    exact_match: normalisedText(answer) === normalisedText(reference ?? ""),
  }),
});

/** The reference stands in the answer, as whole words. */
export const contains = defineMetric({
  name: "contains",
  description: "The reference stands in the answer as whole words, but for case, articles and marks.",
  perSample: ({ answer, reference }) => {
    const expected = normalisedText(reference ?? "");
    return { contains: expected !== "" && ` ${normalisedText(answer)} `.includes(` ${expected} `) };
  },
});
