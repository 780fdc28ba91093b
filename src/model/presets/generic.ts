import { defineModel } from "../define-model.ts";

/**
 * Any model without a preset. The limits are those that MLPerf sets for llama2-70b, the widest of its benchmarks that
 * has both a Server and an Interactive form: 200 ms a token is about the pace of a reader, 40 ms feels immediate.
 * The completions API is the one that works with and without a chat template, and adds nothing to the prompt.
 */
export const generic = defineModel({
  name: "generic",
  description: "Any model: greedy, 128 output tokens, limits of 2 s to the first token and 200 ms a token.",
  mlperfConfKey: null,
  api: "completions",
  sampling: { temperature: 0 },
  maxTokens: 128,
  minTokens: null,
  serverLimits: { ttftNs: 2_000_000_000, tpotNs: 200_000_000 },
  interactiveLimits: { ttftNs: 450_000_000, tpotNs: 40_000_000 },
});
