import { runBareUndici } from "./bare-undici.mjs";
import { runFlexbench, warmupRequests } from "./flexbench.mjs";
import { runPythonSut } from "./python-sut.mjs";
import { hasWrk, runWrk } from "./wrk.mjs";

/**
 * The clients of the closed loop by name. Each runs `rounds` answers on each stream; wrk and undici, which know only
 * time, as long as those take at the server's pace. `warmTokens` is what a run asks for beside its own count.
 */
export function closedLoopClients({ python }) {
  const byTime =
    (run, tokenIds) =>
    ({ url, streams, tokens, rounds, answerSeconds }) =>
      run({ url, streams, tokens, tokenIds, seconds: Math.max(1, Math.round(rounds * answerSeconds)) });
  const byCount =
    (run, tokenIds) =>
    ({ url, streams, tokens, rounds }) =>
      run({ url, streams, tokens, tokenIds, requests: streams * rounds });
  const ours = (tokenIds) => async (load) => {
    const run = await byCount(runFlexbench, tokenIds)(load);
    return { ...run, warmTokens: warmupRequests * load.tokens };
  };
  return {
    ...(hasWrk() ? { wrk: byTime(runWrk, false), wrkIds: byTime(runWrk, true) } : {}),
    undici: byTime(runBareUndici, false),
    undiciIds: byTime(runBareUndici, true),
    ours: ours(false),
    oursIds: ours(true),
    ...(python ? { python: byCount(runPythonSut, false) } : {}),
  };
}
