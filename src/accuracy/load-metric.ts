import { z } from "zod";
import { checkModuleValue, importUserModule, invalidModule } from "../dataset/user-module.ts";
import { builtinMetrics } from "./builtin-metrics.ts";
import type { Aggregate, MetricModule } from "./define-metric.ts";

const callable = <Value>() =>
  z.custom<Value>((value) => typeof value === "function", "it must be a function");

const metricSchema: z.ZodType<MetricModule> = z.object(
  {
    name: z.string("it must be text").min(1, "it is empty"),
    description: z.string("it must be text"),
    needsReference: z.boolean("it must be true or false").exactOptional(),
    keepsReasoning: z.boolean("it must be true or false").exactOptional(),
    aggregates: z
      .record(
        z.string(),
        z.custom<Aggregate>(
          (value) => value === "mean" || value === "sum" || typeof value === "function",
          'it must be "mean", "sum" or a function',
        ),
      )
      .exactOptional(),
    perSample: callable<NonNullable<MetricModule["perSample"]>>().exactOptional(),
    score: callable<NonNullable<MetricModule["score"]>>().exactOptional(),
  },
  "it must be an object, as defineMetric returns it",
);

/**
 * A metric by built-in name, path of an ES module or installed package.
 * Throws a UsageError `METRIC_NOT_FOUND` or `METRIC_MODULE_INVALID`.
 */
export async function loadMetric(spec: string): Promise<MetricModule> {
  const builtin = builtinMetrics.find(({ name }) => name === spec);
  if (builtin !== undefined) return builtin;
  const names = builtinMetrics.map(({ name }) => name);
  const exported = await importUserModule(spec, "metric", names);
  const metric = checkModuleValue(exported, metricSchema, "metric", spec);
  if ((metric.perSample === undefined) === (metric.score === undefined)) {
    const message = "it must have either perSample or score";
    throw invalidModule("metric", [{ where: spec, message }]);
  }
  return metric;
}
