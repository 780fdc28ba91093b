import { runFlexbench, warmupRequests } from "../clients/flexbench.mjs";
import { withPacedServer } from "../paced-server.mjs";
import { median, percentile, round } from "../statistics.mjs";
import { slope } from "./slope.mjs";

const tokens = 100;

/** Our CPU per token in the open loop (Server scenario), as a slope over its duration. */
export async function openLoopCpu({ tokensPerSecond, repeats, durationsSeconds = [1, 6] }) {
  const slopes = [];
  await withPacedServer({}, async (server) => {
    const run = async (seconds) => ({
      ...(await runFlexbench({ url: server.url, qps: tokensPerSecond / tokens, seconds, tokens })),
      warmTokens: warmupRequests * tokens,
    });
    for (let repeat = 0; repeat < repeats; repeat++) slopes.push(await slope(run, server, durationsSeconds));
  });
  const sum = (name) => slopes.reduce((total, each) => total + each[name], 0);
  return {
    tokensPerSecond,
    usPerToken: round(median(slopes.map(({ usPerToken }) => usPerToken))),
    tokenDifference: sum("tokenDifference"),
    failed: sum("failed"),
  };
}

/** Error of our TTFT and TPOT against what the server kept, in the open loop, ms. */
export async function truth({ tokensPerSecond, seconds, repeats }) {
  const errors = {};
  let failed = 0;
  await withPacedServer({}, async (server) => {
    for (let repeat = 0; repeat < repeats; repeat++) {
      await server.forget();
      const run = await runFlexbench({ url: server.url, qps: tokensPerSecond / tokens, seconds, tokens });
      failed += run.failed;
      const { ttftNs, tpotNs = null } = await server.kept();
      for (const [name, ours, kept] of [
        ["service", run.serviceTtftNs, ttftNs],
        ["schedule", run.ttftNs, ttftNs],
        ["tpot", run.tpotNs, tpotNs],
      ]) {
        for (const [label, share] of [
          ["P50", 0.5],
          ["P99", 0.99],
        ]) {
          errors[name + label] ??= [];
          if (kept !== null)
            errors[name + label].push((percentile(ours, share) - kept[label.toLowerCase()]) / 1e6);
        }
      }
    }
  });
  return {
    tokensPerSecond,
    errorMs: Object.fromEntries(
      Object.entries(errors).map(([name, values]) => [name, round(median(values), 3)]),
    ),
    failed,
  };
}
