import { availableParallelism } from "node:os";
import { runFlexbench } from "../clients/flexbench.mjs";
import { withPacedServer } from "../paced-server.mjs";
import { median, round } from "../statistics.mjs";
import { turns } from "./slope.mjs";

const tokens = 100;

/**
 * By the number of workers, in turn: tokens a second and CPU a token at a load that one worker carries, and tokens a second
 * when 200 streams run as fast as server and client can. The server has half of the cores.
 */
export async function workers({ counts, repeats }) {
  const cores = availableParallelism();
  const samples = new Map(
    counts.map((count) => [count, { paced: [], usPerToken: [], unpaced: [], failed: 0 }]),
  );
  const measure = (itlMs, record) =>
    withPacedServer({ itlMs, cores: Math.max(1, Math.floor(cores / 2)) }, async ({ url }) => {
      for (let repeat = 0; repeat < repeats; repeat++)
        for (const count of turns(counts, repeat)) await record(url, samples.get(count), count);
    });
  await measure(10, async (url, sample, count) => {
    const run = await runFlexbench({ url, qps: 200, seconds: 5, tokens, workers: count });
    sample.paced.push(run.tokens / run.seconds);
    sample.usPerToken.push((run.cpuSeconds * 1e6) / run.tokens);
    sample.failed += run.failed;
  });
  await measure(0, async (url, sample, count) => {
    const run = await runFlexbench({ url, streams: 200, requests: 3000, tokens, workers: count });
    sample.unpaced.push(run.tokens / run.seconds);
    sample.failed += run.failed;
  });
  return counts.map((count) => {
    const { paced, usPerToken, unpaced, failed } = samples.get(count);
    return {
      workers: count,
      cores,
      tokensPerSecond: { paced: round(median(paced), 0), unpaced: round(median(unpaced), 0) },
      usPerToken: round(median(usPerToken)),
      failed,
    };
  });
}

/** One, two and as many workers as cores. */
export function workerCounts() {
  return [...new Set([1, 2, availableParallelism()])].sort((a, b) => a - b);
}
