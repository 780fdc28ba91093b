import { readFileSync } from "node:fs";
import { join } from "node:path";
import { runCounted } from "../clients/counted-process.mjs";

/** `vllm bench serve` in the closed loop, with prompts of its own making that are as long as ours, in words. */
export async function runVllm({ url, streams, requests, tokens, tokenizer, folder }) {
  const { cpuSeconds } = await runCounted(
    "vllm",
    [
      ...["bench", "serve", "--backend", "openai", "--base-url", url, "--model", "paced"],
      ...["--tokenizer", tokenizer, "--dataset-name", "random"],
      ...["--random-input-len", "100", "--random-output-len", String(tokens)],
      ...["--num-prompts", String(requests), "--max-concurrency", String(streams)],
      ...["--temperature", "0", "--disable-tqdm"],
      ...["--save-result", "--result-dir", folder, "--result-filename", "vllm.json"],
    ],
    { env: { ...process.env, HF_HUB_OFFLINE: "1", VLLM_NO_USAGE_STATS: "1" } },
  );
  const result = JSON.parse(readFileSync(join(folder, "vllm.json"), "utf8"));
  return {
    cpuSeconds,
    tokens: result.total_output_tokens,
    failed: result.failed,
    tokensPerSecond: result.output_throughput,
    ttftP50Ms: result.median_ttft_ms,
  };
}
