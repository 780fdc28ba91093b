// A metric of your own: flexbench run --mode accuracy --metric ./examples/custom-metric.mjs
// or, for answers that are there already: flexbench accuracy DIR --metric ./examples/custom-metric.mjs
import { defineMetric } from "flexbench";

const words = (text) => text.toLowerCase().match(/\p{L}+|\p{N}+/gu) ?? [];

export default defineMetric({
  name: "word-recall",
  description: "How many of the reference's words stand in the answer, and how many words the answer takes.",
  // Called once for each answer. Each score becomes a figure of the run: its mean, unless `aggregates` says otherwise.
  perSample: ({ answer, reference }) => {
    const said = new Set(words(answer));
    const wanted = words(reference ?? "");
    const found = wanted.filter((word) => said.has(word)).length;
    return {
      // In percent, as FlexBench's own figures are.
      word_recall: wanted.length === 0 ? 0 : (100 * found) / wanted.length,
      words: words(answer).length,
      // True counts as 100 and false as 0.
      brief: words(answer).length <= 12,
    };
  },
  aggregates: { words: "sum" },
});
