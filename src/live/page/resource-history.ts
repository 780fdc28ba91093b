import type { Chart } from "../../report/chart.ts";
import { powerCharts, serverMetricCharts } from "../../report/resource-charts.ts";
import type { ToldResources } from "../../telemetry/resource-teller.ts";
import type { ServerMetricValues } from "../../telemetry/server-metric-names.ts";

/** A canvas shows no more; of longer tests every second part is dropped. */
const mostParts = 2400;

/** What servers and power meters told so far, and the charts of it, which are those of the report. */
export class ResourceHistory {
  #parts: ToldResources[] = [];

  add(part: ToldResources): void {
    this.#parts.push(part);
    if (this.#parts.length > mostParts) this.#parts = this.#parts.filter((_, index) => index % 2 === 0);
  }

  clear(): void {
    this.#parts = [];
  }

  charts(): Chart[] {
    const metrics = this.#parts.flatMap(({ serverMetrics }) => serverMetrics);
    const power = this.#parts.flatMap((part) => part.power);
    return [
      ...serverMetricCharts(metrics.map((told) => ({ ...told, values: withNaN(told.values) }))),
      ...powerCharts(power.map((told) => ({ ...told, watts: told.watts ?? Number.NaN, joules: Number.NaN }))),
    ];
  }
}

function withNaN(values: ToldResources["serverMetrics"][number]["values"]): ServerMetricValues {
  const entries = Object.entries(values).map(([metric, value]) => [metric, value ?? Number.NaN]);
  return Object.fromEntries(entries) as ServerMetricValues;
}
