import { costOf } from "../cost/cost.ts";
import type { SystemPrice } from "../cost/price-book.ts";
import type { Metrics } from "../metrics/summaries.ts";
import { type EnergyWindow, energyOf } from "../telemetry/energy.ts";
import type { PowerSeries } from "../telemetry/power-source.ts";
import type { ServerMetricsReport } from "../telemetry/server-report.ts";
import type { RunRecord } from "./record.ts";

/** What was observed beside LoadGen: what the servers and the power meters told, and what the system costs. */
export interface RunResources {
  serverMetrics: ServerMetricsReport | { why: string };
  power: { series: readonly PowerSeries[]; window: EnergyWindow } | { why: string };
  price: SystemPrice | null;
}

const noTest = { why: "No performance test was run." };
const interrupted = { why: "The run was interrupted." };

/** Of a run without a performance test. */
export const nothingObserved: RunResources = { serverMetrics: noTest, power: noTest, price: null };

/** Of a run that was ended before its performance test came to its end. */
export const observationInterrupted: RunResources = {
  serverMetrics: interrupted,
  power: interrupted,
  price: null,
};

/** The fields of a record that these resources fill. */
export type ResourceFields = Pick<
  RunRecord,
  "energy" | "energyWhy" | "cost" | "costWhy" | "serverMetrics" | "serverMetricsWhy"
>;

/** Energy and cost of what the performance test got done; `metrics` is null where there was none. */
export function resourcesOf(resources: RunResources, metrics: Metrics | null): ResourceFields {
  const { serverMetrics, power, price } = resources;
  const energy = "why" in power ? power : energyOf(power.series, power.window, metrics?.outputTokens ?? 0);
  const cost = price === null || metrics === null ? null : costOf(price, metrics);
  const costWhy = price === null ? "No price was given: --price-per-hour or --price-book." : noTest.why;
  return {
    energy: "why" in energy ? null : energy,
    energyWhy: "why" in energy ? energy.why : null,
    cost,
    costWhy: cost === null ? costWhy : null,
    serverMetrics: "why" in serverMetrics ? null : serverMetrics,
    serverMetricsWhy: "why" in serverMetrics ? serverMetrics.why : null,
  };
}
