import { defineModel } from "../define-model.ts";

/**
 * SmolLM2-135M-Instruct, the model of the embedded server. The limits are wide enough for a busy two-core machine:
 * they are there to show a verdict, and no published rule.
 */
export const smollm2 = defineModel({
  name: "smollm2",
  description: "SmolLM2-135M-Instruct, a real model that a CPU can serve.",
  mlperfConfKey: null,
  api: "chat",
  sampling: { temperature: 0 },
  maxTokens: 128,
  minTokens: 2,
  serverLimits: { ttftNs: 5_000_000_000, tpotNs: 500_000_000 },
  interactiveLimits: { ttftNs: 1_000_000_000, tpotNs: 100_000_000 },
  tokenizer: "HuggingFaceTB/SmolLM2-135M-Instruct",
});
