import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runFlexbench, warmupRequests } from "../clients/flexbench.mjs";
import { withPacedServer } from "../paced-server.mjs";
import { peerClients } from "../peers/all.mjs";
import { writeTokenizer } from "../peers/tokenizer.mjs";
import { percentile, round } from "../statistics.mjs";
import { slope } from "./slope.mjs";

const streams = 100;
const tokens = 100;
// Others take seconds of CPU to start, so the runs must differ by much.
const rounds = [2, 22];

/** Ours and the asked-for clients in the same closed loop: CPU a token, tokens a second, and TTFT against the server's. */
export async function beside({ peers }) {
  const folder = mkdtempSync(join(tmpdir(), "flexbench-bench-peers-"));
  try {
    writeTokenizer(folder);
    return await withPacedServer({}, async (server) => {
      const results = [await measure("ours", runOurs, { server, folder })];
      for (const peer of peers) {
        const measured = measure(peer, peerClients[peer].run, { server, folder });
        // One that does not run here must not cost the figures of the rest.
        results.push(await measured.catch((error) => ({ client: peer, problem: error.message })));
      }
      return results;
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measure(client, run, { server, folder }) {
  let last;
  const load = { url: server.url, streams, tokens, tokenizer: folder, folder };
  const measured = await slope(
    async (count) => {
      await server.forget();
      last = await run({ ...load, requests: streams * count });
      return last;
    },
    server,
    rounds,
  );
  const { ttftNs } = await server.kept();
  return {
    client,
    streams,
    requests: streams * rounds[1],
    usPerToken: round(measured.usPerToken),
    cpuSecondsWithStart: round(last.cpuSeconds),
    tokensPerSecond: round(last.tokensPerSecond, 0),
    ttftP50Ms: round(last.ttftP50Ms),
    keptTtftP50Ms: round(ttftNs.p50 / 1e6),
    tokenDifference: measured.tokenDifference,
    failed: measured.failed,
  };
}

async function runOurs({ url, requests }) {
  const run = await runFlexbench({ url, streams, requests, tokens });
  return {
    ...run,
    warmTokens: warmupRequests * tokens,
    tokensPerSecond: run.tokens / run.seconds,
    ttftP50Ms: percentile(run.serviceTtftNs, 0.5) / 1e6,
  };
}
