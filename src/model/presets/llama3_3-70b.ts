import { defineModel } from "../define-model.ts";

/** Sampling is that of the model's own generation_config.json; the limits are those that MLPerf sets for llama2-70b. */
export const llama3370b = defineModel({
  name: "llama3_3-70b",
  description: "Llama 3.3 70B Instruct with the sampling that Meta ships with it.",
  mlperfConfKey: null,
  api: "chat",
  sampling: { temperature: 0.6, topP: 0.9 },
  maxTokens: 1024,
  minTokens: null,
  serverLimits: { ttftNs: 2_000_000_000, tpotNs: 200_000_000 },
  interactiveLimits: { ttftNs: 450_000_000, tpotNs: 40_000_000 },
  tokenizer: "meta-llama/Llama-3.3-70B-Instruct",
});
