import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { percentile, runFlexbench } from "./flexbench-client.mjs";
import { startPacedServer } from "./paced-server.mjs";
import { hasWrk, runBareUndici, runWrk } from "./peers.mjs";

const execute = promisify(execFile);
const tokens = 100;
const nullSut = fileURLToPath(new URL("./null-sut.mjs", import.meta.url));

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
const round = (value, digits = 2) => (value === null ? null : Number(value.toFixed(digits)));

async function withServer(pace, use) {
  const server = await startPacedServer(pace);
  try {
    return await use(server);
  } finally {
    await server.stop();
  }
}

/** CPU a token as the slope between a short and a long run, so that start-up does not count, µs. */
async function slope(run, [short, long]) {
  const first = await run(short);
  const second = await run(long);
  return {
    usPerToken: ((second.cpuSeconds - first.cpuSeconds) * 1e6) / (second.tokens - first.tokens),
    last: second,
  };
}

/** CPU per streamed token in the closed loop: wrk, bare undici, and ours without and with token ids, in turn. */
export async function cpuPerToken({ streams, repeats }) {
  // At 1,000 streams the server's own core would be the limit at 10 ms.
  const itlMs = streams > 200 ? 25 : 10;
  const answerSeconds = (20 + (tokens - 1) * itlMs) / 1000;
  const rounds = [3, 9];
  const folder = mkdtempSync(join(tmpdir(), "flexbench-bench-wrk-"));
  const samples = { wrk: [], undici: [], ours: [], oursIds: [] };
  let failed = 0;
  try {
    await withServer({ itlMs }, async ({ url }) => {
      const ours = (tokenIds) => (count) =>
        runFlexbench({ url, streams, requests: streams * count, tokens, tokenIds });
      for (let i = 0; i < repeats; i++) {
        const seconds = (count) => Math.round(count * answerSeconds);
        if (hasWrk())
          samples.wrk.push(
            (
              await slope(
                (count) => runWrk({ url, streams, seconds: seconds(count), tokens, folder }),
                rounds,
              )
            ).usPerToken,
          );
        samples.undici.push(
          (await slope((count) => runBareUndici({ url, streams, seconds: seconds(count), tokens }), rounds))
            .usPerToken,
        );
        for (const [name, tokenIds] of [
          ["ours", false],
          ["oursIds", true],
        ]) {
          const { usPerToken, last } = await slope(ours(tokenIds), rounds);
          samples[name].push(usPerToken);
          failed += last.failed;
        }
      }
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const against = (name, peer) =>
    samples[peer].length === 0 ? null : median(samples[name].map((value, i) => value / samples[peer][i]));
  return {
    streams,
    usPerToken: Object.fromEntries(
      Object.entries(samples).map(([name, values]) => [
        name,
        values.length === 0 ? null : round(median(values)),
      ]),
    ),
    toWrk: round(against("ours", "wrk")),
    idsToWrk: round(against("oursIds", "wrk")),
    undiciToWrk: round(against("undici", "wrk")),
    toUndici: round(against("ours", "undici")),
    failed,
  };
}

/** Error of our TTFT and TPOT against what the server kept, in the open loop, ms. */
export async function truth({ tokensPerSecond, seconds, repeats }) {
  const errors = { serviceP50: [], serviceP99: [], scheduleP50: [], scheduleP99: [], tpotP50: [] };
  let failed = 0;
  await withServer({}, async (server) => {
    for (let i = 0; i < repeats; i++) {
      await server.forget();
      const run = await runFlexbench({ url: server.url, qps: tokensPerSecond / tokens, seconds, tokens });
      failed += run.failed;
      const { ttftNs } = await server.kept();
      errors.serviceP50.push(percentile(run.serviceTtftNs, 0.5) - ttftNs.p50);
      errors.serviceP99.push(percentile(run.serviceTtftNs, 0.99) - ttftNs.p99);
      errors.scheduleP50.push(percentile(run.ttftNs, 0.5) - ttftNs.p50);
      errors.scheduleP99.push(percentile(run.ttftNs, 0.99) - ttftNs.p99);
      errors.tpotP50.push(percentile(run.tpotNs, 0.5) - 10e6);
    }
  });
  return {
    tokensPerSecond,
    failed,
    errorMs: Object.fromEntries(
      Object.entries(errors).map(([name, values]) => [name, round(median(values) / 1e6, 3)]),
    ),
  };
}

/** Many streams at once in one worker: failures, and memory a stream beyond that of a hundred. */
export async function streamsAtOnce({ streams }) {
  return withServer({ itlMs: 50 }, async ({ url }) => {
    const base = await runFlexbench({ url, streams: 100, requests: 100, tokens: 20 });
    const { rssBytes, failed, requests } = await runFlexbench({
      url,
      streams,
      requests: streams,
      tokens: 20,
    });
    return {
      streams,
      failed: failed + (streams - Math.min(requests, streams)),
      rssMb: Math.round(rssBytes / 1e6),
      kbPerStream: streams > 100 ? round((rssBytes - base.rssBytes) / 1e3 / (streams - 100), 1) : null,
    };
  });
}

/** Tokens a second and CPU a token by the number of workers, at a load that one worker can carry. */
export async function workers({ count }) {
  return withServer({}, async ({ url }) => {
    const {
      cpuSeconds,
      tokens: streamed,
      seconds,
      failed,
    } = await runFlexbench({
      url,
      qps: 200,
      seconds: 6,
      tokens,
      workers: count,
    });
    return {
      workers: count,
      cores: availableParallelism(),
      tokensPerSecond: Math.round(streamed / seconds),
      usPerToken: round((cpuSeconds * 1e6) / streamed),
      failed,
    };
  });
}

/** LoadGen handing over to a SUT that answers at once. */
export async function handOver({ qps }) {
  const { stdout } = await execute(process.execPath, [nullSut, String(qps), "5"]).catch((error) => error);
  return JSON.parse(stdout);
}
