import { defineModel } from "../define-model.ts";

/**
 * Limits from LoadGen 6.0.17's embedded mlperf.conf; sampling and lengths from the MLPerf Inference rules (policies,
 * round v6.1).
 */
export const llama270b = defineModel({
  name: "llama2-70b",
  description: "Llama 2 70B Chat on OpenOrca, MLPerf Inference.",
  mlperfConfKey: "llama2-70b",
  api: "completions",
  sampling: { temperature: 0 },
  maxTokens: 1024,
  minTokens: 1,
  serverLimits: { ttftNs: 2_000_000_000, tpotNs: 200_000_000 },
  interactiveLimits: { ttftNs: 450_000_000, tpotNs: 40_000_000 },
  tokenizer: "meta-llama/Llama-2-70b-chat-hf",
});
