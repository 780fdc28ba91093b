import { type PrometheusSample, parsePrometheusText } from "./prometheus-text.ts";

/**
 * What FlexBench reads of a server's `/metrics`:
 * - `running`, `waiting`: requests at the moment · `kvCacheUse`: share of the KV cache in use, 0 to 1
 * - `preemptions`: requests that lost their place, so far · `prefixCacheQueries`, `prefixCacheHits`: prompt tokens looked
 *   up in the prefix cache, and found there · `promptTokens`, `generationTokens`: tokens so far
 */
export const serverMetrics = [
  "running",
  "waiting",
  "kvCacheUse",
  "preemptions",
  "prefixCacheQueries",
  "prefixCacheHits",
  "promptTokens",
  "generationTokens",
] as const;

export type ServerMetric = (typeof serverMetrics)[number];

/** One value of each metric; NaN for what the server does not tell. */
export type ServerMetricValues = Record<ServerMetric, number>;

/** How one kind of server names them; of several names the first that is there counts. */
interface MetricDialect {
  server: string;
  /** Where the names are from. */
  source: string;
  names: Partial<Record<ServerMetric, readonly string[]>>;
}

const dialects: readonly MetricDialect[] = [
  {
    server: "vLLM",
    source: "/metrics of vLLM 0.32; the older names are those of vLLM 0.6 to 0.10",
    names: {
      running: ["vllm:num_requests_running"],
      waiting: ["vllm:num_requests_waiting"],
      kvCacheUse: ["vllm:kv_cache_usage_perc", "vllm:gpu_cache_usage_perc"],
      preemptions: ["vllm:num_preemptions_total"],
      prefixCacheQueries: ["vllm:prefix_cache_queries_total", "vllm:gpu_prefix_cache_queries_total"],
      prefixCacheHits: ["vllm:prefix_cache_hits_total", "vllm:gpu_prefix_cache_hits_total"],
      promptTokens: ["vllm:prompt_tokens_total"],
      generationTokens: ["vllm:generation_tokens_total"],
    },
  },
  {
    server: "SGLang",
    source: "SGLang's documentation, Production Metrics (--enable-metrics)",
    names: {
      running: ["sglang:num_running_reqs"],
      waiting: ["sglang:num_queue_reqs"],
      kvCacheUse: ["sglang:token_usage"],
      preemptions: ["sglang:num_retracted_reqs_total"],
      prefixCacheQueries: ["sglang:prompt_tokens_total"],
      prefixCacheHits: ["sglang:cached_tokens_total"],
      promptTokens: ["sglang:prompt_tokens_total"],
      generationTokens: ["sglang:generation_tokens_total"],
    },
  },
  {
    server: "llama.cpp",
    source: "/metrics of llama.cpp's server (--metrics); its prompt tokens are those not found in the cache",
    names: {
      running: ["llamacpp:requests_processing"],
      waiting: ["llamacpp:requests_deferred"],
      kvCacheUse: ["llamacpp:kv_cache_usage_ratio"],
      prefixCacheHits: ["llamacpp:prompt_tokens_cached_total"],
      promptTokens: ["llamacpp:prompt_tokens_total"],
      generationTokens: ["llamacpp:tokens_predicted_total"],
    },
  },
  {
    server: "TGI",
    source: "TGI's documentation, Metrics; its token counts are sums of histograms, told when a request ends",
    names: {
      running: ["tgi_batch_current_size"],
      waiting: ["tgi_queue_size"],
      promptTokens: ["tgi_request_input_length_sum"],
      generationTokens: ["tgi_request_generated_tokens_sum"],
    },
  },
];

const knownNames = new Set(dialects.flatMap(({ names }) => Object.values(names).flat()));

/** Servers whose metrics are known. */
export const knownMetricServers = dialects.map(({ server }) => server);

/** What a `/metrics` text says, and whose names it uses; null when it has none of the known ones. */
export function readServerMetrics(text: string): { server: string; values: ServerMetricValues } | null {
  const samples = parsePrometheusText(text, (name) => knownNames.has(name));
  const present = new Set(samples.map(({ name }) => name));
  const dialect = dialects.find(({ names }) =>
    Object.values(names)
      .flat()
      .some((name) => present.has(name)),
  );
  if (dialect === undefined) return null;
  const totalOf = (metric: ServerMetric): number => {
    const name = dialect.names[metric]?.find((candidate) => present.has(candidate));
    return name === undefined ? Number.NaN : combined(samples, name, metric === "kvCacheUse");
  };
  const values = Object.fromEntries(serverMetrics.map((metric) => [metric, totalOf(metric)]));
  return { server: dialect.server, values: values as ServerMetricValues };
}

/** Engines and ranks of one server stand as samples of one name: their shares are averaged, all else is added. */
function combined(samples: readonly PrometheusSample[], name: string, isShare: boolean): number {
  const values = samples.filter((sample) => sample.name === name).map(({ value }) => value);
  const total = values.reduce((sum, value) => sum + value, 0);
  return isShare ? total / values.length : total;
}
