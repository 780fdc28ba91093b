import type { LatencyLimits } from "../model/define-model.ts";
import { formatTimeIn, timeUnitFor } from "./quantities.ts";
import type { Distribution, Metrics } from "./record.ts";
import type { Paint } from "./text-layout.ts";

const columns = ["p50", "p90", "p99", "p999", "mean", "max"] as const;
const columnTitles = { p50: "p50", p90: "p90", p99: "p99", p999: "p99.9", mean: "mean", max: "max" } as const;

const labelWidth = 14;
const unitWidth = 4;
const columnWidth = 8;

/** One row of the table; `limitNs` is null where nothing is asked of it. */
interface LatencyRow {
  name: string;
  distribution: Distribution | null;
  limitNs: number | null;
}

/** Percentiles of every latency that was measured, one row each in the unit that suits its median, its limit beside. */
export function latencyLines(
  metrics: Metrics,
  limits: LatencyLimits | null,
  width: number,
  paint: Paint,
): string[] {
  const rows: LatencyRow[] = [
    { name: "TTFT", distribution: metrics.ttftNs, limitNs: limits?.ttftNs ?? null },
    { name: "answer TTFT", distribution: metrics.answerTtftNs, limitNs: null },
    { name: "service TTFT", distribution: metrics.serviceTtftNs, limitNs: null },
    { name: "TPOT", distribution: metrics.tpotNs, limitNs: limits?.tpotNs ?? null },
    { name: "ITL", distribution: metrics.itlNs, limitNs: null },
    { name: "latency", distribution: metrics.latencyNs, limitNs: null },
  ];
  const limitColumns = limits === null ? 0 : 1;
  const room = Math.floor((width - 2 - labelWidth - unitWidth) / columnWidth) - limitColumns;
  const shown = columns.slice(0, room);
  const lines = rows.flatMap((row) => latencyLine(row, shown));
  if (lines.length === 0) return [];
  const titles = [...shown.map((column) => columnTitles[column]), ...(limits === null ? [] : ["limit"])];
  const head = titles.map((title) => title.padStart(columnWidth)).join("");
  return [paint("dim", `  ${"".padEnd(labelWidth + unitWidth)}${head}`), ...lines];
}

function latencyLine(
  { name, distribution, limitNs }: LatencyRow,
  shown: readonly (typeof columns)[number][],
): string[] {
  if (distribution === null) return [];
  const unit = timeUnitFor(distribution.p50);
  const times = shown.map((column) => distribution[column]);
  const cells = [...times, ...(limitNs === null ? [] : [limitNs])].map((ns) =>
    formatTimeIn(unit, ns).padStart(columnWidth),
  );
  return [`  ${name.padEnd(labelWidth)}${unit.name.padStart(unitWidth)}${cells.join("")}`];
}
