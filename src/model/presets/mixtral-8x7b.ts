import { defineModel } from "../define-model.ts";

/**
 * Limits from LoadGen 6.0.17's embedded mlperf.conf; sampling and lengths from the MLPerf Inference rules (policies,
 * round v6.1).
 */
export const mixtral8x7b = defineModel({
  name: "mixtral-8x7b",
  description: "Mixtral 8x7B Instruct on OpenOrca, GSM8K and MBXP, MLPerf Inference.",
  mlperfConfKey: "mixtral-8x7b",
  api: "completions",
  sampling: { temperature: 0 },
  maxTokens: 1024,
  minTokens: 2,
  serverLimits: { ttftNs: 2_000_000_000, tpotNs: 200_000_000 },
  interactiveLimits: null,
  tokenizer: "mistralai/Mixtral-8x7B-Instruct-v0.1",
});
