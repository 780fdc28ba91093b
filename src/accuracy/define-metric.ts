/** One answer of an accuracy test, as a metric sees it. */
export interface MetricAnswer {
  /** Index of the sample in the dataset. */
  index: number;
  /** Text of the prompt; of chat messages, the last one. Empty where the prompt is token ids. */
  prompt: string;
  /** Text of the answer, without the model's reasoning unless the metric keeps it. Empty when there was no answer. */
  answer: string;
  /** What the dataset expects; null when it has no reference for this sample. */
  reference: string | null;
  /** Output tokens; null when LoadGen's log does not say. */
  outputTokens: number | null;
}

/** Scores of one answer by name. True counts as 100 and false as 0, so that their mean is a percentage. */
export type SampleScores = Readonly<Record<string, number>>;

/** How the scores of all answers become one figure. */
export type Aggregate = "mean" | "sum" | ((scores: readonly number[]) => number);

/** A metric: how answers are scored. It has `perSample` or `score`. */
export interface MetricModule {
  name: string;
  /** One sentence for reports. */
  description: string;
  /** Whether every sample needs a reference. @default true */
  needsReference?: boolean;
  /** Whether it sees the model's reasoning (`<think>…</think>`) too. @default false */
  keepsReasoning?: boolean;
  /** By score name. @default "mean" */
  aggregates?: Readonly<Record<string, Aggregate>>;
  /** Scores one answer; a number or truth is named as the metric is. */
  perSample?(answer: MetricAnswer): SampleResult | Promise<SampleResult>;
  /** Scores all answers at once: a list with one entry an answer, or figures of the whole set. */
  score?(answers: readonly MetricAnswer[]): SetResult | Promise<SetResult>;
}

/** What a metric may say about one answer. */
export type SampleResult = number | boolean | Readonly<Record<string, number | boolean>>;

/** What a metric may say about all answers: a list in their order, or figures of the set by name. */
export type SetResult = readonly SampleResult[] | SampleScores;

/** Types a metric module; returns it as it is. */
export function defineMetric<const Module extends MetricModule>(module: Module): Module {
  return module;
}
