/** Sampling parameters sent with every request; what is absent is left to the server. */
export interface Sampling {
  /** @default 0 (greedy) */
  temperature?: number;
  topP?: number;
  topK?: number;
  seed?: number;
  stop?: readonly string[];
  ignoreEos?: boolean;
}

/** Latency limits of LoadGen's token mode, ns, applied at the run's percentile. */
export interface LatencyLimits {
  ttftNs: number;
  tpotNs: number;
}

/** How a model's text tells its reasoning from its answer. */
export interface ReasoningMarks {
  /** What opens the reasoning, e.g. `<think>`. */
  open: string;
  /** What closes it, e.g. `</think>`. */
  close: string;
  /** The chat template opens the reasoning in the prompt, so that only `close` stands in the text. @default false */
  openedInPrompt?: boolean;
}

/** How a model is asked and judged. What the server calls it is the run's `--model`. */
export interface ModelModule {
  name: string;
  /** One sentence for `--help` and reports. */
  description: string;
  /** Model key of LoadGen's embedded mlperf.conf, or null where MLPerf has no such benchmark. */
  mlperfConfKey: string | null;
  /** The API that fits the model. */
  api: "completions" | "chat";
  sampling: Sampling;
  /** Output token limit. */
  maxTokens: number;
  /** Output token limit of the accuracy test, where it is another than `maxTokens`. */
  accuracyMaxTokens?: number;
  /** Least number of output tokens, or null for no floor. LoadGen's token mode needs two. */
  minTokens: number | null;
  /** Limits of the Server scenario. */
  serverLimits: LatencyLimits;
  /** Limits of the Interactive scenario, or null where none are set. */
  interactiveLimits: LatencyLimits | null;
  /** Hub id or folder of the model's tokenizer; the run's `--tokenizer` comes first. */
  tokenizer?: string;
  /** Marks of the reasoning in plain text; servers that send it in a field of its own need none. */
  reasoning?: ReasoningMarks;
}

/** Types a model module; returns it as it is. */
export function defineModel<const Module extends ModelModule>(module: Module): Module {
  return module;
}
