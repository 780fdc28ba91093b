import type { Problem } from "../errors.ts";
import type { Catalog } from "./catalog.ts";
import { knownName } from "./known-name.ts";

/** Names of a work that are not known, where the model or the scenario has the wrong form. */
export function nameProblems(asked: unknown, catalog: Catalog): Problem[] {
  const problems: Problem[] = [];
  const given = Object(asked) as Record<string, unknown>;
  const check = (where: string, names: readonly string[]): void => {
    const name = given[where];
    if (typeof name === "string" && name !== "") knownName(where, name, names, problems);
  };
  const namesOf = (items: readonly { name: string }[]): string[] => items.map(({ name }) => name);
  check("model", namesOf(catalog.models));
  check("workload", namesOf(catalog.workloads));
  check("framework", [...new Set(Object.values(catalog.frameworks).flat())]);
  return problems;
}
