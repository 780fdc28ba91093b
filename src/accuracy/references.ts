import type { Dataset } from "../dataset/define-dataset.ts";
import { UsageError } from "../errors.ts";
import type { MetricModule } from "./define-metric.ts";

/** Reading a large dataset whole would take longer than the answer is worth. */
const mostLookedAt = 1000;

/** Whether samples have references, by the first thousand; null where those have none but more follow. */
export async function hasReferences(dataset: Dataset): Promise<boolean | null> {
  const count = Math.min(dataset.size, mostLookedAt);
  for (let index = 0; index < count; index++) {
    if ((await dataset.sample(index)).reference !== undefined) return true;
  }
  return count < dataset.size ? null : false;
}

/** The error of a metric that needs references and a dataset that has none. */
export function noReferences({ name }: MetricModule, dataset: Dataset): UsageError {
  const message = `it needs references, and no sample of ${dataset.name} has one`;
  return new UsageError("METRIC_NO_REFERENCE", [{ where: `metric ${name}`, message }], {
    hint: "Name the column of the references, or choose a metric that needs none (output-length).",
  });
}
