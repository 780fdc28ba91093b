/** The figures of one run that both clients give; times are medians over the requests. */
export interface Measured {
  completed: number;
  failed: number;
  outputTokens: number;
  /** From the start to the end of the last answer. */
  tokensPerSecond: number;
  /** Requests sent a second, from the first one's moment of sending to the last one's. */
  deliveredQps: number;
  /** From sending to the first token. */
  ttftMs: number;
  /** From LoadGen's schedule to the first token; null where the client has no such figure. */
  ttftFromScheduleMs: number | null;
  /** (last token − first token) / (tokens − 1). */
  tpotMs: number;
}

/** One run of each client, one after the other. */
export interface Pair {
  ours: Measured;
  theirs: Measured;
}

/** The median over several numbers; the mean of the middle two where their count is even. */
export function median(values: readonly number[]): number {
  const ordered = values.toSorted((a, b) => a - b);
  const middle = ordered.length / 2;
  const pair = ordered.slice(Math.ceil(middle) - 1, Math.floor(middle) + 1);
  return pair.reduce((sum, value) => sum + value, 0) / pair.length;
}

/** The pairs as lines of text, one a run, for whoever reads the test's output. */
export function describePairs(title: string, pairs: readonly Pair[]): string {
  const line = (client: string, run: Measured): string =>
    `  ${client.padEnd(18)} ${run.completed} requests at ${run.deliveredQps.toFixed(2)}/s  ` +
    `${run.tokensPerSecond.toFixed(1)} tokens/s  TTFT ${run.ttftMs.toFixed(2)} ms` +
    `${run.ttftFromScheduleMs === null ? "" : ` (from schedule ${run.ttftFromScheduleMs.toFixed(2)})`}  ` +
    `TPOT ${run.tpotMs.toFixed(3)} ms\n`;
  const lines = pairs.map(({ ours, theirs }) => line("FlexBench", ours) + line("vllm bench serve", theirs));
  return `\n${title}\n${lines.join("")}`;
}
