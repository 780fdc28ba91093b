import { availableParallelism } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, type TestContext } from "vitest";
import type { RunRecord } from "#src/index.js";
import { temporaryFolder } from "../child-script.js";
import { measuredBy, runFlexbench } from "./flexbench-run.js";
import { installVllm, makeTinyLlama } from "./install-vllm.js";
import { interleave } from "./interleave.js";
import { describePairs, type Measured, median, type Pair } from "./measured.js";
import { countedBetween, readCounters } from "./server-counters.js";
import { startVllm, type VllmServer } from "./start-vllm.js";
import { runToEnd } from "./supervised.js";
import { runVllmBench } from "./vllm-bench.js";

const inputTokens = 64;
const outputTokens = 64;
const promptCount = 1000;
const promptSeed = 1;
/** What one comparison run takes, about. */
const runSeconds = 7;
const saturatingStreams = 32;
/** "Not the larger one", but for noise. */
const ttftNoiseMs = 0.3;
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
  const asked = [promptCount, inputTokens, promptSeed].map(String);
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

async function ours(
  load: Load,
  requests: number,
  seed = 1,
): Promise<{ record: RunRecord; measured: Measured }> {
  const output = join(scratch, `flexbench-${++runs}`);
  const record = await runFlexbench({ server, prompts, output, outputTokens, requests, seed, load });
  return { record, measured: await measuredBy(record, output) };
}

function theirs(load: Load, requests: number, seed: number): Promise<Measured> {
  const result = join(scratch, `vllm-bench-${++runs}.json`);
  const theirLoad = "connections" in load ? { concurrency: load.connections } : load;
  const lengths = { inputTokens, outputTokens };
  return runVllmBench({ python, model, server, result, ...lengths, requests, seed, load: theirLoad });
}

/** Skips the test where the machine is too busy to tell. */
async function pairsOf(test: TestContext, title: string, load: Load, requests: number): Promise<Pair[]> {
  const runOurs = async (seed: number): Promise<Measured> => {
    const { record, measured } = await ours(load, requests, seed);
    expect(record.state, JSON.stringify(record.reasons)).toBe("valid");
    return measured;
  };
  const { judged, leftOut, conclusive } = await interleave(runOurs, (seed) => theirs(load, requests, seed));
  process.stdout.write(`\n${title}\n${describePairs(judged)}`);
  if (leftOut.length > 0) process.stdout.write(`  Not judged:\n${describePairs(leftOut)}`);
  for (const run of [...judged, ...leftOut].flatMap((pair) => [pair.ours, pair.theirs])) {
    expect(run.failed).toBe(0);
    expect(run.outputTokens).toBe(run.completed * outputTokens);
  }
  test.skip(!conclusive, "other programs took too much of the CPU time to compare anything");
  return judged;
}

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
  it("open loop at half of the capacity: the same tokens, TTFT and TPOT", async (test) => {
    const requestsPerSecond = capacityQps / 2;
    const requests = Math.max(500, Math.ceil(requestsPerSecond * runSeconds));
    const title = `Open loop, ${requestsPerSecond.toFixed(2)} requests/s asked`;
    const pairs = await pairsOf(test, title, { requestsPerSecond }, requests);
    // Each draws its own random arrivals, so the rates differ a little: tokens are held against what was sent.
    const tokens = pairs.map(({ ours: a, theirs: b }) => perRequest(a) / perRequest(b));
    const tpot = pairs.map(({ ours: a, theirs: b }) => a.tpotMs / b.tpotMs);
    const ttftMs = pairs.map(({ ours: a, theirs: b }) => a.ttftMs - b.ttftMs);
    const difference = `tokens × ${median(tokens).toFixed(4)}, TPOT × ${median(tpot).toFixed(3)}, TTFT ${median(ttftMs).toFixed(2)} ms`;
    process.stdout.write(`  FlexBench against vllm bench serve, medians over the pairs: ${difference}\n`);
    expect(Math.abs(median(tokens) - 1), difference).toBeLessThanOrEqual(0.02);
    expect(Math.abs(median(tpot) - 1), difference).toBeLessThanOrEqual(0.1);
    expect(median(ttftMs), difference).toBeLessThanOrEqual(ttftNoiseMs);
    // With fewer cores the server takes some of those that their client needs, and their TTFT holds that wait.
    if (availableParallelism() >= 4) expect(median(ttftMs), difference).toBeGreaterThanOrEqual(-2);
  });

  it("closed loop at saturation: no fewer tokens a second", async (test) => {
    const requests = Math.ceil(capacityQps * runSeconds);
    const title = `Closed loop, ${saturatingStreams} streams`;
    const pairs = await pairsOf(test, title, { connections: saturatingStreams }, requests);
    const ratio = median(pairs.map(({ ours: a, theirs: b }) => a.tokensPerSecond / b.tokensPerSecond));
    process.stdout.write(`  FlexBench against vllm bench serve, median: tokens/s × ${ratio.toFixed(3)}\n`);
    expect(ratio).toBeGreaterThanOrEqual(0.97);
  });
});

function perRequest({ tokensPerSecond, deliveredQps }: Measured): number {
  return tokensPerSecond / deliveredQps;
}
