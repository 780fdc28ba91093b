import { defineModel } from "../define-model.ts";

/**
 * Sampling as DeepSeek advises (greedy decoding makes these models repeat themselves); limits as MLPerf sets them for
 * DeepSeek-R1. The output token limit suits a test of speed; DeepSeek's own evaluations allow 32,768.
 */
const rules = {
  mlperfConfKey: null,
  api: "chat",
  sampling: { temperature: 0.6, topP: 0.95 },
  maxTokens: 4096,
  minTokens: null,
  serverLimits: { ttftNs: 2_000_000_000, tpotNs: 80_000_000 },
  interactiveLimits: { ttftNs: 1_500_000_000, tpotNs: 15_000_000 },
  reasoning: { open: "<think>", close: "</think>", openedInPrompt: true },
} as const;

/** DeepSeek-R1 distilled to Qwen models of 1.5 to 32 billion weights; all share one tokenizer. */
export const deepseekR1DistillQwen = defineModel({
  name: "deepseek-r1-distill-qwen",
  description: "DeepSeek-R1 distilled to Qwen, sampled as DeepSeek advises.",
  ...rules,
  tokenizer: "deepseek-ai/DeepSeek-R1-Distill-Qwen-32B",
});

/** DeepSeek-R1 distilled to Llama models of 8 and 70 billion weights; both share one tokenizer. */
export const deepseekR1DistillLlama = defineModel({
  name: "deepseek-r1-distill-llama",
  description: "DeepSeek-R1 distilled to Llama, sampled as DeepSeek advises.",
  ...rules,
  tokenizer: "deepseek-ai/DeepSeek-R1-Distill-Llama-70B",
});
