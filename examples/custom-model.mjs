// Rules for a model of your own: flexbench run --model-module ./examples/custom-model.mjs
// What the server calls the model is --model; this file says how it is asked and judged.
import { defineModel } from "flexbench";

export default defineModel({
  name: "haiku-writer",
  description: "A small chat model that answers in a few lines.",
  // MLPerf has no such benchmark, so the limits below are ours.
  mlperfConfKey: null,
  api: "chat",
  // Greedy, so that two runs ask for the same answers; an empty line ends the answer.
  sampling: { temperature: 0, stop: ["\n\n"] },
  maxTokens: 32,
  // LoadGen measures the time per token from the second one on.
  minTokens: 2,
  serverLimits: { ttftNs: 2e9, tpotNs: 200e6 },
  interactiveLimits: { ttftNs: 500e6, tpotNs: 50e6 },
});
