import type { Dataset } from "../dataset/define-dataset.ts";
import { commandJudge } from "./command-judge.ts";
import type { MetricModule } from "./define-metric.ts";
import { loadMetric } from "./load-metric.ts";
import { officialAccuracy } from "./official-accuracy.ts";
import { hasReferences, noReferences } from "./references.ts";

/** What decides which metric scores a run. */
export interface MetricWish {
  /** Name or path that the user gave. */
  metric: string | null;
  /** Command of the user's that judges answers. */
  metricCommand: string | null;
  /** Its time limit, ns. */
  metricTimeoutNs: number;
  /** Official benchmark by its name in mlperf.conf. */
  benchmark: string | null;
}

/**
 * The metric of a run: the user's command or metric, else the benchmark's official one, else the dataset's, else
 * exact-match. Null when nobody asked for one and there are no references. Throws as `loadMetric` does, and a
 * UsageError `METRIC_NO_REFERENCE` when the metric that was asked for lacks them.
 */
export async function chooseMetric(wish: MetricWish, dataset: Dataset): Promise<MetricModule | null> {
  if (wish.metricCommand !== null)
    return commandJudge({ command: wish.metricCommand, timeLimitNs: wish.metricTimeoutNs });
  const benchmark = wish.benchmark?.replace(/-interactive$/, "") ?? "";
  const byDefault = officialAccuracy[benchmark]?.metric ?? dataset.metric ?? "exact-match";
  const metric = await loadMetric(wish.metric ?? byDefault);
  if (metric.needsReference === false) return metric;
  const found = await hasReferences(dataset);
  if (wish.metric !== null && found === false) throw noReferences(metric, dataset);
  return wish.metric !== null || found === true ? metric : null;
}
