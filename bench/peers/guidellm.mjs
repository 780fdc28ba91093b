import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runCounted } from "../clients/counted-process.mjs";
import { prompt } from "../request-body.mjs";

/** `guidellm run` in the closed loop. */
export async function runGuidellm({ url, streams, requests, tokens, tokenizer, folder }) {
  const prompts = join(folder, "guidellm-prompts.jsonl");
  const file = join(folder, "guidellm.json");
  writeFileSync(prompts, `${JSON.stringify({ prompt })}\n`.repeat(requests));
  const backend = `kind=openai_http,target=${url},model=paced,max_tokens=${tokens},request_format=/v1/completions`;
  const { cpuSeconds } = await runCounted(
    "guidellm",
    [
      ...["run", "--backend", backend, "--data", `kind=json_file,path=${prompts}`],
      "--data-column-mapper",
      "kind=generative_column_mapper,column_mappings.text_column=prompt",
      ...["--tokenizer", `kind=huggingface_auto,model=${tokenizer}`],
      ...["--profile", `kind=concurrent,streams=${streams}`],
      ...["--constraint", `kind=max_requests,count=${requests}`],
      ...["--output", `kind=json,path=${file}`, "--disable-console"],
    ],
    { env: { ...process.env, HF_HUB_OFFLINE: "1" } },
  );
  const { metrics } = JSON.parse(readFileSync(file, "utf8")).benchmarks[0];
  return {
    cpuSeconds,
    tokens: metrics.output_token_count.total.total_sum,
    failed: metrics.request_totals.errored + metrics.request_totals.incomplete,
    tokensPerSecond: metrics.output_tokens_per_second.total.mean,
    ttftP50Ms: metrics.time_to_first_token_ms.successful.median,
  };
}
