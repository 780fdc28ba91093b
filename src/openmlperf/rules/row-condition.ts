import * as z from "zod";
import type { PartialRow } from "../row.ts";
import { expressionOf, patternText } from "./pattern.ts";

const names = z.array(z.string()).optional();

/** Which rows something holds for: everything that is given must hold. */
export const rowConditionSchema = z.strictObject({
  rounds: names,
  submitters: names,
  divisions: names,
  accelerators: names,
  accelerator_vendors: names,
  accelerator_families: names,
  variants: names,
  benchmarks: names,
  models: names,
  scenarios: names,
  /** Declared data types; `none` for rows that declare nothing. */
  declared: names,
  /** Searched for in the names of the model and the system, as published. */
  model_name: patternText.optional(),
});

export type RowCondition = z.infer<typeof rowConditionSchema>;

/** Whether a row is one of those that a condition means. */
export function holds(condition: RowCondition, row: PartialRow): boolean {
  const wanted: [readonly string[] | undefined, string | null | undefined][] = [
    [condition.rounds, row.round],
    [condition.submitters, row.submitter],
    [condition.divisions, row.division],
    [condition.accelerators, row.accelerator],
    [condition.accelerator_vendors, row.accelerator_vendor],
    [condition.accelerator_families, row.accelerator_family],
    [condition.benchmarks, row.benchmark_family],
    [condition.models, row.model],
    [condition.scenarios, row.scenario],
    [condition.declared, row.weight_data_type_declared ?? "none"],
  ];
  for (const [allowed, value] of wanted)
    if (allowed !== undefined && !allowed.includes(value ?? "")) return false;
  if (condition.variants !== undefined) {
    const variants = row.accelerator_variant?.split(" ") ?? [];
    if (!condition.variants.some((variant) => variants.includes(variant))) return false;
  }
  if (condition.model_name === undefined) return true;
  const name = [row.used_model_raw, row.benchmark_raw, row.platform].join(" ");
  return expressionOf(condition.model_name).test(name);
}
