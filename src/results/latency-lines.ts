import { formatTimeIn, timeUnitFor } from "./quantities.ts";
import type { Distribution, Metrics } from "./record.ts";
import type { Paint } from "./text-layout.ts";

const columns = ["p50", "p90", "p99", "p999", "mean", "max"] as const;
const columnTitles = { p50: "p50", p90: "p90", p99: "p99", p999: "p99.9", mean: "mean", max: "max" } as const;

const labelWidth = 14;
const unitWidth = 4;
const columnWidth = 10;

/** Percentiles of every latency that was measured, one row each in the unit that suits its median. */
export function latencyLines(metrics: Metrics, width: number, paint: Paint): string[] {
  const measured: [string, Distribution | null][] = [
    ["TTFT", metrics.ttftNs],
    ["service TTFT", metrics.serviceTtftNs],
    ["TPOT", metrics.tpotNs],
    ["ITL", metrics.itlNs],
    ["latency", metrics.latencyNs],
  ];
  const shown = columns.slice(0, Math.floor((width - 2 - labelWidth - unitWidth) / columnWidth));
  const rows = measured.flatMap(([name, distribution]) =>
    distribution === null ? [] : [latencyLine(name, distribution, shown)],
  );
  if (rows.length === 0) return [];
  const titles = shown.map((column) => columnTitles[column].padStart(columnWidth)).join("");
  return [paint("dim", `  ${"".padEnd(labelWidth + unitWidth)}${titles}`), ...rows];
}

function latencyLine(
  name: string,
  distribution: Distribution,
  shown: readonly (typeof columns)[number][],
): string {
  const unit = timeUnitFor(distribution.p50);
  const cells = shown.map((column) => formatTimeIn(unit, distribution[column]).padStart(columnWidth));
  return `  ${name.padEnd(labelWidth)}${unit.name.padStart(unitWidth)}${cells.join("")}`;
}
