import type { ColumnName } from "../columns.ts";
import type { PartialRow } from "../row.ts";

/** What LoadGen's summary of a performance run says. */
export interface LoadgenSummary {
  isValid: boolean;
  tokensPerSecond: number | null;
  samplesPerSecond: number | null;
  /** 90th percentile of the latency, which SingleStream publishes; ns. */
  latencyP90Ns: number | null;
  /** Latencies and settings by their columns. */
  columns: PartialRow;
}

const titles: Readonly<Record<string, "latency" | "ttft" | "tpot">> = {
  latency: "latency",
  "first token latency": "ttft",
  "time per output token": "tpot",
  "time to output token": "tpot",
};

const extreme = /^(Min|Max|Mean) (.+?) \(ns\)$/;
const percentile = /^(\d+\.\d+) percentile (.+?) \(ns\)$/;

const settings: Readonly<Record<string, ColumnName>> = {
  target_qps: "target_qps",
  "min_duration (ms)": "min_duration_ms",
  min_query_count: "min_query_count",
  performance_sample_count: "performance_sample_count",
  samples_per_query: "samples_per_query",
};

/** Reads the text of `mlperf_log_summary.txt`; null when it is none of a performance run. */
export function readLoadgenSummary(text: string): LoadgenSummary | null {
  const fields = new Map<string, string>();
  for (const line of text.split(/\r?\n/)) {
    const [, name, value] = /^\s*(.+?)\s*:\s*(\S.*?)\s*$/.exec(line) ?? [];
    if (name !== undefined && value !== undefined && !fields.has(name)) fields.set(name, value);
  }
  const verdict = fields.get("Result is");
  if (verdict === undefined) return null;
  const number = (...names: string[]): number | null => {
    const value = Number(
      names.map((name) => fields.get(name)).find((field) => field !== undefined) ?? Number.NaN,
    );
    return Number.isFinite(value) ? value : null;
  };
  const columns: PartialRow = Object.fromEntries(
    [...fields.keys()].flatMap((name) => {
      const column = settings[name] ?? latencyColumn(name);
      return column === null ? [] : [[column, number(name)]];
    }),
  );
  return {
    isValid: verdict === "VALID",
    tokensPerSecond: number(
      "Completed tokens per second",
      "Tokens per second",
      "Completed tokens per second (inferred)",
      "Tokens per second (inferred)",
    ),
    samplesPerSecond: number("Completed samples per second", "Samples per second"),
    latencyP90Ns: number("90.00 percentile latency (ns)"),
    columns,
  };
}

function latencyColumn(name: string): ColumnName | null {
  const [, point, title] = extreme.exec(name) ?? percentile.exec(name) ?? [];
  const kind = titles[title?.toLowerCase() ?? ""];
  if (kind === undefined || point === undefined) return null;
  const plain = /^\d/.test(point) ? `p${point.replace(/\.?0+$/, "").replace(".", "")}` : point.toLowerCase();
  return `${kind}_${plain}_ns` as ColumnName;
}
