import { defineModel } from "../define-model.ts";

/** Limits as MLPerf sets them for DeepSeek-R1. The output token limit suits a test of speed; Qwen advises 32,768. */
const rules = {
  mlperfConfKey: null,
  api: "chat",
  maxTokens: 4096,
  minTokens: null,
  serverLimits: { ttftNs: 2_000_000_000, tpotNs: 80_000_000 },
  interactiveLimits: { ttftNs: 1_500_000_000, tpotNs: 15_000_000 },
} as const;

/** Qwen advises this for answers with reasoning, and against greedy decoding. */
const thinkingSampling = { temperature: 0.6, topP: 0.95, topK: 20 } as const;

/** Qwen3 of all sizes, which reason unless the prompt forbids it, and write `<think>` themselves. */
export const qwen3 = defineModel({
  name: "qwen3",
  description: "Qwen3, which reasons before it answers, sampled as Qwen advises.",
  ...rules,
  sampling: thinkingSampling,
  tokenizer: "Qwen/Qwen3-8B",
  reasoning: { open: "<think>", close: "</think>" },
});

/** Qwen3 that always reasons; its chat template writes `<think>`. */
export const qwen3Thinking = defineModel({
  name: "qwen3-thinking",
  description: "Qwen3 Thinking, which always reasons, sampled as Qwen advises.",
  ...rules,
  sampling: thinkingSampling,
  tokenizer: "Qwen/Qwen3-30B-A3B-Thinking-2507",
  reasoning: { open: "<think>", close: "</think>", openedInPrompt: true },
});

/** Qwen3 that never reasons. */
export const qwen3Instruct = defineModel({
  name: "qwen3-instruct",
  description: "Qwen3 Instruct, which never reasons, sampled as Qwen advises.",
  ...rules,
  sampling: { temperature: 0.7, topP: 0.8, topK: 20 },
  tokenizer: "Qwen/Qwen3-30B-A3B-Instruct-2507",
});
