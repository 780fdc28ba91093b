import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runCounted } from "../clients/counted-process.mjs";
import { prompt } from "../request-body.mjs";

/** `aiperf profile` in the closed loop. */
export async function runAiperf({ url, streams, requests, tokens, tokenizer, folder }) {
  const prompts = join(folder, "aiperf-prompts.jsonl");
  const results = join(folder, `aiperf-${requests}`);
  writeFileSync(prompts, `${JSON.stringify({ text: prompt })}\n`);
  const { cpuSeconds } = await runCounted("aiperf", [
    ...["profile", "-m", "paced", "--tokenizer", tokenizer, "--url", url],
    ...["--endpoint-type", "completions", "--streaming", "--use-server-token-count"],
    ...["--input-file", prompts, "--custom-dataset-type", "single_turn"],
    ...["--request-count", String(requests), "--concurrency", String(streams)],
    ...["--extra-inputs", `max_tokens:${tokens}`, "--extra-inputs", "temperature:0"],
    ...["--ui-type", "none", "--no-gpu-telemetry", "--no-server-metrics"],
    ...["--output-artifact-dir", results],
  ]);
  const result = JSON.parse(readFileSync(join(results, "profile_export_aiperf.json"), "utf8"));
  return {
    cpuSeconds,
    tokens: result.total_output_tokens?.avg ?? result.total_osl?.avg,
    failed: result.error_request_count?.avg ?? 0,
    tokensPerSecond: result.output_token_throughput.avg,
    ttftP50Ms: result.time_to_first_token.p50,
  };
}
