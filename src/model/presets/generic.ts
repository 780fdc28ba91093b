import { defineModel } from "../define-model.ts";

/**
 * Any model without a preset. The limits are those that MLPerf sets for llama2-70b, the widest of its chat benchmarks
 * that has both a Server and an Interactive form (LoadGen 6.0.17's mlperf.conf).
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
