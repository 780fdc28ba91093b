import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RunRecord } from "#src/index.js";
import { temporaryFolder } from "../child-script.js";
import { measuredBy, runFlexbench } from "./flexbench-run.js";
import { installVllm, makeTinyLlama } from "./install-vllm.js";
import { describePairs, type Measured, median, type Pair } from "./measured.js";
import { countedBetween, readCounters } from "./server-counters.js";
import { startVllm, type VllmServer } from "./start-vllm.js";
import { runToEnd } from "./supervised.js";
import { runVllmBench } from "./vllm-bench.js";

const inputTokens = 64;
const outputTokens = 64;
const promptCount = 1000;
const seed = 1;
const pairCount = 3;
/** What one comparison run takes, about. */
const runSeconds = 10;
const saturatingStreams = 32;
/** The check of the endpoint before a run asks for one answer of two tokens. */
const check = { requests: 1, outputTokens: 2 };

const scratch = temporaryFolder();
let runs = 0;
let python: string;
let model: string;
let prompts: string;
let server: VllmServer;
let capacityQps: number;

beforeAll(async () => {
  python = await installVllm();
  model = await makeTinyLlama(python);
  prompts = join(scratch, "prompts.jsonl");
  const asked = [promptCount, inputTokens, seed].map(String);
  const script = join(import.meta.dirname, "write-prompts.py");
  await runToEnd(python, [script, model, ...asked, prompts]);
  server = await startVllm(python, model);
  // The first requests to a new server are slow; they are nobody's.
  await ours({ connections: saturatingStreams }, 200);
  const { record } = await ours({ connections: saturatingStreams }, 600);
  capacityQps = record.metrics.samplesPerSecond ?? 0;
});
afterAll(() => server?.stop());

type Load = { requestsPerSecond: number } | { connections: number };

async function ours(load: Load, requests: number): Promise<{ record: RunRecord; measured: Measured }> {
  const output = join(scratch, `flexbench-${++runs}`);
  const record = await runFlexbench({ server, prompts, output, outputTokens, requests, load });
  return { record, measured: await measuredBy(record, output) };
}

function theirs(load: Load, requests: number): Promise<Measured> {
  const result = join(scratch, `vllm-bench-${++runs}.json`);
  const theirLoad = "connections" in load ? { concurrency: load.connections } : load;
  const lengths = { inputTokens, outputTokens };
  return runVllmBench({ python, model, server, result, ...lengths, requests, seed, load: theirLoad });
}

async function interleaved(title: string, load: Load, requests: number): Promise<Pair[]> {
  const pairs: Pair[] = [];
  while (pairs.length < pairCount) {
    const { record, measured } = await ours(load, requests);
    expect(record.state, JSON.stringify(record.reasons)).toBe("valid");
    pairs.push({ ours: measured, theirs: await theirs(load, requests) });
  }
  process.stdout.write(describePairs(title, pairs));
  for (const { ours: our, theirs: their } of pairs) {
    for (const run of [our, their]) {
      expect(run.failed).toBe(0);
      expect(run.outputTokens).toBe(run.completed * outputTokens);
    }
  }
  return pairs;
}

const medianOf = (pairs: readonly Pair[], figure: (pair: Pair) => number): number =>
  median(pairs.map(figure));

describe("token totals are the server's own", () => {
  const loads: [string, () => Load][] = [
    ["Server", () => ({ requestsPerSecond: capacityQps / 4 })],
    ["Offline", () => ({ connections: saturatingStreams })],
  ];
  it.each(loads)("%s", async (_scenario, load) => {
    const before = await readCounters(server.url);
    const { record } = await ours(load(), 500);
    const counted = countedBetween(before, await readCounters(server.url));
    expect(record.state, JSON.stringify(record.reasons)).toBe("valid");
    expect(record.metrics.tokenCountSource).toBe("usage");
    expect(record.metrics.outputTokens).toBe(record.requests.completed * outputTokens);
    expect(counted).toEqual({
      outputTokens: record.metrics.outputTokens + check.outputTokens,
      requests: record.requests.completed + check.requests,
    });
  });
});

describe("beside vllm bench serve", () => {
  it("open loop at half of the capacity: the same tokens, TTFT and TPOT", async () => {
    const requestsPerSecond = capacityQps / 2;
    const load = { requestsPerSecond };
    const requests = Math.max(500, Math.ceil(requestsPerSecond * runSeconds));
    const pairs = await interleaved(`Open loop, asked ${requestsPerSecond.toFixed(2)}/s`, load, requests);
    const of = (figure: (run: Measured) => number) => ({
      ours: medianOf(pairs, (pair) => figure(pair.ours)),
      theirs: medianOf(pairs, (pair) => figure(pair.theirs)),
    });
    // Each draws its own random arrivals, so the rates differ a little; tokens are held against what was sent.
    const tokens = of(({ tokensPerSecond, deliveredQps }) => tokensPerSecond / deliveredQps);
    const ttft = of(({ ttftMs }) => ttftMs);
    const tpot = of(({ tpotMs }) => tpotMs);
    expect(Math.abs(tokens.ours / tokens.theirs - 1)).toBeLessThanOrEqual(0.02);
    expect(Math.abs(tpot.ours / tpot.theirs - 1)).toBeLessThanOrEqual(0.1);
    expect(Math.abs(ttft.ours - ttft.theirs)).toBeLessThanOrEqual(2);
    expect(ttft.ours).toBeLessThanOrEqual(ttft.theirs + 0.3);
  });

  it("closed loop at saturation: no fewer tokens a second", async () => {
    const load = { connections: saturatingStreams };
    const requests = Math.ceil(capacityQps * runSeconds);
    const pairs = await interleaved(`Closed loop, ${saturatingStreams} streams`, load, requests);
    const ratio = medianOf(pairs, (pair) => pair.ours.tokensPerSecond / pair.theirs.tokensPerSecond);
    expect(ratio).toBeGreaterThanOrEqual(0.97);
  });
});
