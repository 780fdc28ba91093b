import { percentile, sortValues } from "../metrics/distribution.ts";
import { elapsed, goodRequests, pick, timePerOutputToken } from "../metrics/requests.ts";
import type { Timeline } from "../sut/timeline.ts";

/** What runs are compared by, most telling first. */
export const comparedFigures = [
  { key: "ttftP50Ns", title: "TTFT p50", unit: "ns", better: "less" },
  { key: "ttftP99Ns", title: "TTFT p99", unit: "ns", better: "less" },
  { key: "tpotP50Ns", title: "TPOT p50", unit: "ns", better: "less" },
  { key: "tpotP99Ns", title: "TPOT p99", unit: "ns", better: "less" },
  { key: "latencyP50Ns", title: "latency p50", unit: "ns", better: "less" },
  { key: "latencyP99Ns", title: "latency p99", unit: "ns", better: "less" },
  { key: "tokensPerSecond", title: "tokens/s", unit: "/s", better: "more" },
  { key: "samplesPerSecond", title: "samples/s", unit: "/s", better: "more" },
] as const;

/** Name of one of them. */
export type ComparedFigure = (typeof comparedFigures)[number]["key"];

/** The figures of a run; NaN where one was not measured. */
export type RunFigures = Record<ComparedFigure, number>;

/** The good requests of a run, in the order of their arrival and, for rates, of their answers. */
export interface RequestTable {
  ttftNs: Float64Array;
  tpotNs: Float64Array;
  latencyNs: Float64Array;
  /** Time since the answer before, and tokens of this one, in the order of the answers. */
  answerGapNs: Float64Array;
  answerTokens: Float64Array;
}

/** Puts the good requests of a run in order. In a closed loop times count from the moment of sending. */
export function requestTable(timeline: Timeline, isOpenLoop: boolean): RequestTable {
  const begin = isOpenLoop ? "scheduledNs" : "sentNs";
  const good = goodRequests(timeline);
  const arrivals = ordered(good, timeline.columns[begin]);
  const answers = ordered(good, timeline.columns.completedNs);
  const completedNs = pick(timeline.columns.completedNs, answers);
  return {
    ttftNs: elapsed(timeline, arrivals, begin, "firstTokenNs"),
    tpotNs: timePerOutputToken(timeline, arrivals),
    latencyNs: elapsed(timeline, arrivals, begin, "completedNs"),
    answerGapNs: completedNs.subarray(1).map((time, index) => time - (completedNs[index] ?? Number.NaN)),
    answerTokens: pick(timeline.columns.outputTokens, answers).subarray(1),
  };
}

function ordered(rows: Uint32Array, column: Float64Array): Uint32Array {
  return rows.toSorted((a, b) => (column[a] ?? 0) - (column[b] ?? 0));
}

/** The figures of the requests. */
export function figuresOf(table: RequestTable): RunFigures {
  const at = (values: ReturnType<typeof sortValues>, fraction: number) =>
    percentile(values, fraction) ?? Number.NaN;
  const ttft = sortValues(table.ttftNs);
  const tpot = sortValues(table.tpotNs);
  const latency = sortValues(table.latencyNs);
  const seconds = total(table.answerGapNs) / 1e9;
  return {
    ttftP50Ns: at(ttft, 0.5),
    ttftP99Ns: at(ttft, 0.99),
    tpotP50Ns: at(tpot, 0.5),
    tpotP99Ns: at(tpot, 0.99),
    latencyP50Ns: at(latency, 0.5),
    latencyP99Ns: at(latency, 0.99),
    tokensPerSecond: seconds > 0 ? total(table.answerTokens) / seconds : Number.NaN,
    samplesPerSecond: seconds > 0 ? table.answerGapNs.length / seconds : Number.NaN,
  };
}

function total(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0);
}
