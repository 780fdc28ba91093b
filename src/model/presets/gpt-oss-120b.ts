import { defineModel } from "../define-model.ts";

/**
 * Limits from LoadGen 6.0.17's embedded mlperf.conf (for Interactive the rules' text says 20 ms a token); sampling from
 * the MLPerf Inference rules of v6.1. The output token limit for performance is the reference's: the rules' text says
 * 10,000.
 */
export const gptOss120b = defineModel({
  name: "gpt-oss-120b",
  description: "gpt-oss-120b on mathematics, science and code, MLPerf Inference.",
  mlperfConfKey: "gpt-oss-120b",
  api: "chat",
  sampling: { temperature: 1, topP: 1 },
  maxTokens: 10_240,
  accuracyMaxTokens: 32_768,
  minTokens: 1,
  serverLimits: { ttftNs: 3_000_000_000, tpotNs: 80_000_000 },
  interactiveLimits: { ttftNs: 2_000_000_000, tpotNs: 15_000_000 },
  tokenizer: "openai/gpt-oss-120b",
});
