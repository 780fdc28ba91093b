import { defineModel } from "../define-model.ts";

/**
 * Limits from LoadGen 6.0.17's embedded mlperf.conf; sampling and lengths from the MLPerf Inference rules (policies,
 * round v6.1).
 */
export const llama31405b = defineModel({
  name: "llama3_1-405b",
  description: "Llama 3.1 405B Instruct on long mixed prompts, MLPerf Inference.",
  mlperfConfKey: "llama3_1-405b",
  api: "completions",
  sampling: { temperature: 0 },
  maxTokens: 20_000,
  minTokens: 2,
  serverLimits: { ttftNs: 6_000_000_000, tpotNs: 175_000_000 },
  interactiveLimits: { ttftNs: 4_500_000_000, tpotNs: 80_000_000 },
  tokenizer: "meta-llama/Llama-3.1-405B-Instruct",
});
