import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { loadRunConfig, type RunRecord, readRequests, run } from "#src/index.js";
import type { Measured } from "./measured.js";
import { servedModel, type VllmServer } from "./start-vllm.js";

/** What a run of FlexBench is asked to do. */
export interface FlexbenchRequest {
  server: VllmServer;
  /** JSONL file of prompts. */
  prompts: string;
  /** Folder for the run's files; must not be there yet. */
  output: string;
  outputTokens: number;
  requests: number;
  seed: number;
  load: { requestsPerSecond: number } | { connections: number };
}

const modelModule = fileURLToPath(new URL("tiny-llama.mjs", import.meta.url));

/** Runs FlexBench and gives its record. */
export function runFlexbench(request: FlexbenchRequest): Promise<RunRecord> {
  const { load, requests, seed } = request;
  const flags = {
    endpoint: [request.server.url],
    model: servedModel,
    modelModule,
    dataset: request.prompts,
    output: request.output,
    maxTokens: request.outputTokens,
    minQueries: requests,
    warmup: 0,
    seed,
    duration: "1s",
    ttftLimit: "2s",
    tpotLimit: "200ms",
  };
  if ("requestsPerSecond" in load)
    return run(loadRunConfig({ flags: { ...flags, scenario: "server", targetQps: load.requestsPerSecond } }));
  // LoadGen issues at least a tenth more than the expected rate asks; at this one the least number decides.
  const targetQps = Math.max(1, Math.floor(requests / 1.1) - 1);
  return run(
    loadRunConfig({ flags: { ...flags, scenario: "offline", targetQps, connections: load.connections } }),
  );
}

/** The figures of a record that `vllm bench serve` has too, in its terms. */
export async function measuredBy({ metrics, requests }: RunRecord, output: string): Promise<Measured> {
  const { tokensPerSecond, serviceTtftNs, ttftNs, tpotNs } = metrics;
  if (tokensPerSecond === null || !serviceTtftNs || !ttftNs || !tpotNs)
    throw new Error("the run measured nothing");
  const timeline = await readRequests(join(output, "requests.parquet"));
  const sent = timeline.columns.sentNs.toSorted();
  const spanNs = (sent.at(-1) ?? 0) - (sent[0] ?? 0);
  return {
    completed: requests.completed,
    failed: requests.failed,
    outputTokens: metrics.outputTokens,
    tokensPerSecond,
    deliveredQps: ((sent.length - 1) / spanNs) * 1e9,
    ttftMs: serviceTtftNs.p50 / 1e6,
    ttftFromScheduleMs: ttftNs.p50 / 1e6,
    tpotMs: tpotNs.p50 / 1e6,
  };
}
