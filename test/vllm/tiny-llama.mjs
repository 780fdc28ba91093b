/** The tiny model never knows when to stop, and is not to: every answer has the length that was asked for. */
export default {
  name: "tiny-llama",
  description: "A Llama with random weights: greedy, always as many tokens as asked.",
  mlperfConfKey: null,
  api: "completions",
  sampling: { temperature: 0, ignoreEos: true },
  maxTokens: 64,
  minTokens: null,
  serverLimits: { ttftNs: 2_000_000_000, tpotNs: 200_000_000 },
  interactiveLimits: null,
};
