import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { resolveLogSettings, resolveTestSettings } from "#src/loadgen/settings.js";
import { runTestProcess } from "#src/sut/test-process.js";
import { buildBody } from "#src/transport/body.js";
import { writeBodies } from "#src/transport/body-store.js";
import { prompt } from "../request-body.mjs";

const samples = 64;
/** Requests before each test; the server counts their tokens too. */
export const warmupRequests = 4;

/**
 * One LoadGen test of our client in its own process. With `qps` it is the open loop (Server), without it the closed
 * loop (Offline over `streams` connections). CPU is that of the whole process, LoadGen included.
 */
export async function runFlexbench({
  url,
  streams,
  requests,
  tokens,
  qps,
  seconds,
  tokenIds = false,
  workers = 1,
}) {
  const folder = mkdtempSync(join(tmpdir(), "flexbench-bench-run-"));
  try {
    const dataset = {
      name: "bench",
      size: samples,
      performanceSampleCount: samples,
      sample: () => ({ prompt }),
    };
    const body = (sample, sampleIndex) =>
      buildBody({
        api: "completions",
        model: "paced",
        sample,
        sampleIndex,
        sampling: {},
        maxTokens: tokens,
        minTokens: null,
        returnTokenIds: tokenIds,
      });
    const bodies = await writeBodies(dataset, body, join(folder, "bodies"));
    const load =
      qps === undefined
        ? { scenario: "Offline", minQueryCount: requests, minDurationMs: 1 }
        : { scenario: "Server", serverTargetQps: qps, minDurationMs: seconds * 1000 };
    const outcome = await runTestProcess({
      settings: resolveTestSettings({
        ...load,
        useTokenLatencies: true,
        serverTtftLatency: 10e9,
        serverTpotLatency: 10e9,
      }),
      log: resolveLogSettings({ outdir: join(folder, "logs") }),
      auditConfig: null,
      sutName: "bench",
      bodies,
      transport: {
        endpoints: [{ url }],
        api: "completions",
        headers: {},
        tls: { ca: null, cert: null, key: null, insecure: false },
        workers,
        connections: qps === undefined ? streams : 20_000,
        timeoutMs: 120_000,
      },
      warmupRequests,
      payload: tokenIds ? "token-ids" : "text",
    });
    if (outcome.state !== "completed") throw outcome.error ?? new Error(`the test was ${outcome.state}`);
    const { timeline, health, durationNs } = outcome.measurements;
    const { columns, length } = timeline;
    return {
      cpuSeconds: health.cpuSeconds,
      rssBytes: health.rssBytes,
      requests: length,
      tokens: columns.outputTokens.reduce((sum, count) => sum + (Number.isNaN(count) ? 0 : count), 0),
      failed: columns.error.filter((code) => !Number.isNaN(code)).length,
      seconds: durationNs / 1e9,
      serviceTtftNs: difference(columns.firstTokenNs, columns.sentNs),
      ttftNs: difference(columns.firstTokenNs, columns.scheduledNs),
      tpotNs: difference(columns.lastTokenNs, columns.firstTokenNs).map((span) => span / (tokens - 1)),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function difference(later, earlier) {
  return later.map((time, row) => time - earlier[row]).sort();
}
