import { defineModel } from "../define-model.ts";

/**
 * Limits from LoadGen 6.0.17's embedded mlperf.conf; sampling and lengths from the MLPerf Inference rules (policies,
 * round v6.1).
 */
export const gptOss120b = defineModel({
  name: "gpt-oss-120b",
  description: "gpt-oss-120b on mathematics, science and code, MLPerf Inference.",
  mlperfConfKey: "gpt-oss-120b",
  api: "chat",
  sampling: { temperature: 1, topP: 1 },
  maxTokens: 10240,
  minTokens: 1,
  serverLimits: { ttftNs: 3000_000_000, tpotNs: 80_000_000 },
  interactiveLimits: { ttftNs: 2000_000_000, tpotNs: 15_000_000 },
});
