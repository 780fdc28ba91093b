/** How a request that ran ended. */
export type RequestOutcome = "stop" | "length" | "abort" | "error";

/** What runs at the moment. */
export interface ServerLoad {
  running: number;
  waiting: number;
}

const ttftKept = 1_000_000;

/** Counters of the simulator, as vLLM names them, and the times to first token that it really kept. */
export class SimMetrics {
  promptTokens = 0;
  generationTokens = 0;
  /** Tokens of running requests: what a real server would hold in its KV cache. */
  cachedTokens = 0;
  readonly #finished: Record<RequestOutcome, number> = { stop: 0, length: 0, abort: 0, error: 0 };
  readonly #modelName: string;
  readonly #cacheCapacity: number;
  #ttftMs: number[] = [];
  #latenessMs: number[] = [];

  constructor(modelName: string, cacheCapacity: number) {
    this.#modelName = modelName;
    this.#cacheCapacity = cacheCapacity;
  }

  /** A request began to answer: its time to first token, and how late that was against the plan, ms. */
  keepFirstToken(ttftMs: number, latenessMs: number): void {
    if (this.#ttftMs.length >= ttftKept) return;
    this.#ttftMs.push(ttftMs);
    this.#latenessMs.push(latenessMs);
  }

  keepOutcome(outcome: RequestOutcome): void {
    this.#finished[outcome]++;
  }

  /** Prometheus text with the names of vLLM 0.32. */
  prometheus({ running, waiting }: ServerLoad): string {
    const labels = `engine="0",model_name="${this.#modelName}"`;
    const finished = Object.entries(this.#finished).map(
      ([reason, count]) =>
        `vllm:request_success_total{engine="0",finished_reason="${reason}",model_name="${this.#modelName}"} ${count}`,
    );
    const single = (name: string, type: string, help: string, value: number) =>
      `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${name}{${labels}} ${value}\n`;
    return [
      single("vllm:num_requests_running", "gauge", "Requests that generate tokens.", running),
      single("vllm:num_requests_waiting", "gauge", "Requests that wait for a slot.", waiting),
      single(
        "vllm:kv_cache_usage_perc",
        "gauge",
        "Share of the KV cache in use, 0 to 1.",
        this.cachedTokens / this.#cacheCapacity,
      ),
      single("vllm:prompt_tokens_total", "counter", "Prompt tokens processed.", this.promptTokens),
      single("vllm:generation_tokens_total", "counter", "Tokens generated.", this.generationTokens),
      "# HELP vllm:request_success_total Requests that ended, by reason.\n",
      "# TYPE vllm:request_success_total counter\n",
      `${finished.join("\n")}\n`,
    ].join("");
  }

  /** What a client's TTFT is held against: from the read request to the first token's event written, ns. */
  stats(): object {
    return {
      answers: this.#ttftMs.length,
      ttftNs: percentilesNs(this.#ttftMs),
      latenessNs: percentilesNs(this.#latenessMs),
    };
  }

  /** Starts the times to first token afresh. */
  resetStats(): void {
    this.#ttftMs = [];
    this.#latenessMs = [];
  }
}

function percentilesNs(valuesMs: readonly number[]): Record<"p50" | "p90" | "p99" | "max", number | null> {
  const sorted = Float64Array.from(valuesMs).sort();
  const at = (share: number) => {
    const value = sorted[Math.floor(share * (sorted.length - 1))];
    return value === undefined ? null : Math.round(value * 1e6);
  };
  return { p50: at(0.5), p90: at(0.9), p99: at(0.99), max: at(1) };
}
