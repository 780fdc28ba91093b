import type { Tokenizer } from "../tokenizer/tokenizer.ts";

/** One chat message, as the chat completions API takes it. */
export interface ChatMessage {
  role: "system" | "user" | "assistant";
  content: string;
}

/** One sample of a dataset: what is asked, and what is known about the answer. Exactly one of the three prompts is set. */
export interface Sample {
  /** Plain prompt text. */
  prompt?: string;
  /** Chat messages. */
  messages?: readonly ChatMessage[];
  /** Prompt as token ids of the model that is served. */
  promptTokenIds?: readonly number[];
  /** The text that accuracy metrics compare the answer with. */
  reference?: string;
  /** Output token limit of this sample alone; overrides the run's. */
  maxTokens?: number;
}

/** A loaded dataset: a fixed number of samples, read one by one. */
export interface Dataset {
  /** Name for reports and LoadGen's log. */
  name: string;
  /** How many samples there are; at least one. */
  size: number;
  /** How many of them a performance test uses; at most `size`. */
  performanceSampleCount: number;
  /** Where the samples come from: a file, a Hub id with revision, "built-in". */
  source: string;
  /** SHA-256 over what was read (hex), or null where the samples are generated. */
  sha256: string | null;
  /** The metric that suits its references, by built-in name or path; where absent, exact-match. */
  metric?: string;
  /** Reads sample `index`, 0 ≤ index < size. */
  sample(index: number): Sample | Promise<Sample>;
}

/** What a dataset module is told when it is loaded. */
export interface DatasetRequest {
  /** The value of `--dataset` after the module's own name, or the empty string. */
  argument: string;
  /** Seed for everything random. */
  seed: number;
  /** Output token limit of the run, or null. */
  maxTokens: number | null;
  /** Options given as `--dataset-option key=value`. */
  options: Readonly<Record<string, string>>;
  /** How many samples `--samples` asks for, or null; a set with more of them is cut afterwards. */
  samples: number | null;
  /** The model's tokenizer, when `--tokenizer` names it; else null. */
  tokenizer: Tokenizer | null;
}

/** A dataset module: a plain object, default export of an ES module. */
export interface DatasetModule {
  name: string;
  /** One sentence for `--help` and reports. */
  description: string;
  load(request: DatasetRequest): Promise<Dataset> | Dataset;
}

/** Types a dataset module; returns it as it is. */
export function defineDataset<const Module extends DatasetModule>(module: Module): Module {
  return module;
}
