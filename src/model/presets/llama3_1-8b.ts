import { defineModel } from "../define-model.ts";

/**
 * Limits from LoadGen 6.0.17's embedded mlperf.conf; sampling and lengths from the MLPerf Inference rules (policies,
 * round v6.1).
 */
export const llama318b = defineModel({
  name: "llama3_1-8b",
  description: "Llama 3.1 8B Instruct on CNN-DailyMail, MLPerf Inference.",
  mlperfConfKey: "llama3_1-8b",
  api: "completions",
  sampling: { temperature: 0 },
  maxTokens: 128,
  minTokens: 1,
  serverLimits: { ttftNs: 2_000_000_000, tpotNs: 100_000_000 },
  interactiveLimits: { ttftNs: 500_000_000, tpotNs: 30_000_000 },
  tokenizer: "meta-llama/Llama-3.1-8B-Instruct",
});
