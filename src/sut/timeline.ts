/**
 * Columns of the request timeline, one row a request. Times are ns after the start of the test on the monotonic
 * clock; NaN stands for what did not happen.
 * - `sample`: index in the dataset · `endpoint`, `worker`: which one served it
 * - `scheduledNs`: when LoadGen meant to issue it · `issuedNs`: when LoadGen did · `sentNs`: when the request was written
 * - `firstByteNs`: first byte of the body · `firstTokenNs`, `lastTokenNs`: events that carried tokens
 * - `firstAnswerTokenNs`: first token that was no reasoning; `firstTokenNs` where there was no reasoning, NaN where
 *   there was nothing else
 * - `completedNs`: when it was completed to LoadGen
 * - `promptTokens`, `outputTokens`: by the source named in the record · `tokenEvents`: events that carried tokens
 * - `finishReason`: index in the table of finish reasons, or NaN · `error`: index in the table of error codes, or NaN
 */
export const timelineColumns = [
  "sample",
  "endpoint",
  "worker",
  "scheduledNs",
  "issuedNs",
  "sentNs",
  "firstByteNs",
  "firstTokenNs",
  "firstAnswerTokenNs",
  "lastTokenNs",
  "completedNs",
  "promptTokens",
  "outputTokens",
  "tokenEvents",
  "finishReason",
  "error",
] as const;

export type TimelineColumn = (typeof timelineColumns)[number];

/** All requests of one test as columns of equal length. Rows stand in the order of completion, worker by worker. */
export interface Timeline {
  length: number;
  columns: Record<TimelineColumn, Float64Array>;
  /** Finish reasons by index: "stop", "length", … */
  finishReasons: readonly string[];
  /** Error codes by index, each with one example message. */
  errors: readonly { code: string; example: string }[];
}
