import { runFlexbench } from "../clients/flexbench.mjs";
import { withPacedServer } from "../paced-server.mjs";
import { round } from "../statistics.mjs";

/** Many streams at once in one worker: failures, and memory a stream beyond that of a hundred. */
export async function streamsAtOnce({ streams }) {
  return withPacedServer({ itlMs: 50 }, async ({ url }) => {
    const base = await runFlexbench({ url, streams: 100, requests: 100, tokens: 20 });
    const { rssBytes, failed, requests } = await runFlexbench({
      url,
      streams,
      requests: streams,
      tokens: 20,
    });
    return {
      streams,
      rssMb: Math.round(rssBytes / 1e6),
      kbPerStream: streams > 100 ? round((rssBytes - base.rssBytes) / 1e3 / (streams - 100), 1) : null,
      failed: failed + (streams - Math.min(requests, streams)),
    };
  });
}
