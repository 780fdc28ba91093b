import type { ChartAxis } from "./chart.ts";

/** Where a share of requests stands on an axis of percentiles: 0.9 at 1, 0.99 at 2, 0.999 at 3. */
export function percentileDepth(fraction: number): number {
  return -Math.log10(1 - fraction);
}

const ticks = [
  { fraction: 0, text: "0" },
  { fraction: 0.5, text: "p50" },
  { fraction: 0.9, text: "p90" },
  { fraction: 0.99, text: "p99" },
  { fraction: 0.999, text: "p99.9" },
  { fraction: 0.9999, text: "p99.99" },
  { fraction: 0.99999, text: "p99.999" },
  { fraction: 0.999999, text: "p99.9999" },
];

/** An axis of percentiles on which each step leaves a tenth of the requests, up to `deepest`. */
export function percentileAxis(deepest: number): ChartAxis {
  return {
    label: "percentile",
    scale: "linear",
    ticks: ticks
      .map(({ fraction, text }) => ({ at: Number(percentileDepth(fraction).toFixed(4)) + 0, text }))
      .filter(({ at }) => at <= deepest + 1e-9),
  };
}
