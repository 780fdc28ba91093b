import type { Dataset } from "../dataset/define-dataset.ts";
import { UsageError } from "../errors.ts";
import type { MetricModule } from "./define-metric.ts";

/** Whether any sample has a reference. */
export async function hasReferences(dataset: Dataset): Promise<boolean> {
  for (let index = 0; index < dataset.size; index++) {
    if ((await dataset.sample(index)).reference !== undefined) return true;
  }
  return false;
}

/** The error of a metric that needs references and a dataset that has none. */
export function noReferences({ name }: MetricModule, dataset: Dataset): UsageError {
  const message = `it needs references, and no sample of ${dataset.name} has one`;
  return new UsageError("METRIC_NO_REFERENCE", [{ where: `metric ${name}`, message }], {
    hint: "Name the column of the references, or choose a metric that needs none (output-length).",
  });
}
