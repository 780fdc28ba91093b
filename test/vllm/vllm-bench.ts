import { readFile } from "node:fs/promises";
import { basename, dirname } from "node:path";
import type { Measured } from "./measured.js";
import { servedModel, type VllmServer, vllmEnvironment } from "./start-vllm.js";
import { runToEnd } from "./supervised.js";

/** What `vllm bench serve` is asked to do. */
export interface VllmBenchRequest {
  python: string;
  /** Folder of the model, for its tokenizer. */
  model: string;
  server: VllmServer;
  /** File for the result. */
  result: string;
  inputTokens: number;
  outputTokens: number;
  requests: number;
  seed: number;
  load: { requestsPerSecond: number } | { concurrency: number };
}

interface BenchResult {
  completed: number;
  failed: number;
  total_output_tokens: number;
  output_throughput: number;
  median_ttft_ms: number;
  median_tpot_ms: number;
  start_times: number[];
}

/** Runs `vllm bench serve` and gives its own figures. */
export async function runVllmBench(request: VllmBenchRequest): Promise<Measured> {
  const { python, model, server, result, load } = request;
  await runToEnd(
    python,
    [
      ...["-m", "vllm.entrypoints.cli.main", "bench", "serve", "--backend", "openai"],
      ...["--host", "127.0.0.1", "--port", String(server.port), "--model", servedModel, "--tokenizer", model],
      ...["--dataset-name", "random", "--random-input-len", String(request.inputTokens)],
      ...["--random-output-len", String(request.outputTokens), "--num-prompts", String(request.requests)],
      ...("concurrency" in load
        ? ["--max-concurrency", String(load.concurrency)]
        : ["--request-rate", String(load.requestsPerSecond)]),
      ...["--ignore-eos", "--temperature", "0", "--seed", String(request.seed), "--disable-tqdm"],
      // The detail holds the moments of sending, from which the delivered rate follows.
      ...["--save-result", "--save-detailed"],
      ...["--result-dir", dirname(result), "--result-filename", basename(result)],
    ],
    vllmEnvironment(python),
  );
  const figures = JSON.parse(await readFile(result, "utf8")) as BenchResult;
  return {
    completed: figures.completed,
    failed: figures.failed,
    outputTokens: figures.total_output_tokens,
    tokensPerSecond: figures.output_throughput,
    deliveredQps: rateOf(figures.start_times),
    ttftMs: figures.median_ttft_ms,
    ttftFromScheduleMs: null,
    tpotMs: figures.median_tpot_ms,
  };
}

function rateOf(startSeconds: readonly number[]): number {
  return (startSeconds.length - 1) / (Math.max(...startSeconds) - Math.min(...startSeconds));
}
