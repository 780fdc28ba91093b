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
  /** Share of the machine's CPU time that other programs took, in the busier of the two runs. */
  otherLoad: number;
}

/** The median; the mean of the middle two where the count is even. */
export function median(values: readonly number[]): number {
  const ordered = values.toSorted((a, b) => a - b);
  const half = ordered.length / 2;
  const middle = ordered.slice(Math.ceil(half) - 1, Math.floor(half) + 1);
  return middle.reduce((sum, value) => sum + value, 0) / middle.length;
}

/** The pairs as lines of text, two a pair, for whoever reads the test's output. */
export function describePairs(pairs: readonly Pair[]): string {
  const line = (client: string, run: Measured): string =>
    `    ${client.padEnd(17)} ${run.completed} requests at ${run.deliveredQps.toFixed(2)}/s  ` +
    `${run.tokensPerSecond.toFixed(0)} tokens/s  TPOT ${run.tpotMs.toFixed(3)} ms  TTFT ${run.ttftMs.toFixed(2)} ms` +
    `${run.ttftFromScheduleMs === null ? "" : ` (${run.ttftFromScheduleMs.toFixed(2)} from schedule)`}\n`;
  return pairs
    .map(
      ({ ours, theirs, otherLoad }) =>
        `  other programs took ${(otherLoad * 100).toFixed(1)} % of the CPU time\n` +
        line("FlexBench", ours) +
        line("vllm bench serve", theirs),
    )
    .join("");
}
