import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runCounted } from "../clients/counted-process.mjs";
import { prompt } from "../request-body.mjs";

/** MLCommons' `inference-endpoint benchmark online` in the closed loop, one worker, over the chat API that it speaks. */
export async function runInferenceEndpoint({ url, streams, requests, tokens, tokenizer, folder }) {
  const prompts = join(folder, "endpoint-prompts.jsonl");
  const results = join(folder, `endpoint-${requests}`);
  writeFileSync(prompts, `${JSON.stringify({ prompt })}\n`.repeat(requests));
  const { cpuSeconds } = await runCounted(
    "inference-endpoint",
    [
      ...["benchmark", "online", "--endpoints", url, "--model", "paced", "--tokenizer", tokenizer],
      ...["--dataset", prompts, "--load-pattern", "concurrency", "--concurrency", String(streams)],
      ...["--num-samples", String(requests), "--duration", "0", "--streaming", "on"],
      ...["--max-output-tokens", String(tokens), "--workers", "1", "--max-connections", String(streams)],
      ...["--no-cpu-affinity", "--report-dir", results],
    ],
    { env: { ...process.env, HF_HUB_OFFLINE: "1" } },
  );
  const result = JSON.parse(readFileSync(join(results, "performance", "result_summary.json"), "utf8"));
  return {
    cpuSeconds,
    tokens: result.output_sequence_lengths.total,
    failed: result.n_samples_failed,
    tokensPerSecond: result.tps,
    ttftP50Ms: result.ttft.median / 1e6,
  };
}
