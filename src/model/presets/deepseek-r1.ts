import { defineModel } from "../define-model.ts";

/**
 * Limits from LoadGen 6.0.17's embedded mlperf.conf; sampling and lengths from the MLPerf Inference rules (policies,
 * round v6.1).
 */
export const deepseekR1 = defineModel({
  name: "deepseek-r1",
  description: "DeepSeek-R1 on mathematics, science and code, MLPerf Inference.",
  mlperfConfKey: "deepseek-r1",
  api: "completions",
  sampling: { temperature: 0 },
  maxTokens: 20_000,
  minTokens: 1,
  serverLimits: { ttftNs: 2_000_000_000, tpotNs: 80_000_000 },
  interactiveLimits: { ttftNs: 1_500_000_000, tpotNs: 15_000_000 },
  tokenizer: "deepseek-ai/DeepSeek-R1",
  reasoning: { open: "<think>", close: "</think>", openedInPrompt: true },
});
