import { defineMetric } from "./define-metric.ts";
import { characterCount } from "./output-length.ts";
import { rougeScores } from "./rouge-scores.ts";
import { splitSentences } from "./sentences.ts";

/** ROUGE in percent, with the lengths that MLPerf asks for beside it. */
export const rouge = defineMetric({
  name: "rouge",
  description: "ROUGE-1, -2, -L and -Lsum with Porter's stemmer, in percent, and the length of the answers.",
  aggregates: { gen_len: "sum" },
  perSample: ({ answer, reference, outputTokens }) => {
    const given = onLines(answer);
    const { rouge1, rouge2, rougeL, rougeLsum } = rougeScores(onLines(reference ?? ""), given);
    return {
      rouge1: 100 * rouge1,
      rouge2: 100 * rouge2,
      rougeL: 100 * rougeL,
      rougeLsum: 100 * rougeLsum,
      gen_len: characterCount(given),
      ...(outputTokens === null ? {} : { tokens_per_sample: outputTokens }),
    };
  },
});

/** One sentence a line, as the official scripts hand texts to ROUGE. */
function onLines(text: string): string {
  return splitSentences(text.trim()).join("\n");
}
