import { compareValues } from "../data/group-rows.ts";
import { bestRow, isLessBetter, numberAt } from "../data/measures.ts";
import type { Table } from "../data/table.ts";
import { isOwnRun } from "../filters/own-runs.ts";
import { shownUnit, valueText } from "../wording.ts";
import type { ComparedSystem } from "./compared-systems.ts";

/** The best result of a system in one benchmark and scenario. */
export interface ComparedResult {
  row: number;
  /** All results of that kind, the best among them. */
  rows: readonly number[];
  value: number;
  /** How many times as good as the first system; above 1 is better, also for times. Null where that one has none. */
  ratio: number | null;
}

/** One benchmark and scenario with the result of each system, in the order of systems. */
export interface ComparedLine {
  benchmark: string;
  scenario: string;
  results: readonly (ComparedResult | null)[];
}

/**
 * Results of systems side by side; each benchmark in each scenario is a line of its own. With runs of one's own among them
 * each model is one: a run seldom knows an accuracy variant.
 */
export function compareResults(
  table: Table,
  systems: readonly ComparedSystem[],
  measure: string,
): ComparedLine[] {
  const { factor } = shownUnit(measure);
  const at = (name: string, row: number) => valueText(table.column(name).values[row] ?? null, name);
  const hasOwn = systems.some((system) => system.rows.some((row) => isOwnRun(table, row)));
  const kinds = new Map<string, { benchmark: string; scenario: string; rows: number[][] }>();
  systems.forEach((system, place) => {
    for (const row of system.rows) {
      const benchmark = at(hasOwn ? "benchmark_family" : "benchmark", row);
      const scenario = at("scenario", row);
      const key = `${benchmark}\n${scenario}`;
      const kind = kinds.get(key) ?? { benchmark, scenario, rows: systems.map(() => []) };
      kind.rows[place]?.push(row);
      kinds.set(key, kind);
    }
  });
  const isLess = isLessBetter(table, measure);
  return [...kinds.values()]
    .map(({ benchmark, scenario, rows }) => {
      const best = rows.map((group) => bestRow(table, measure, group));
      const values = best.map((row) => (row === null ? null : numberAt(table, measure, row)));
      const [base] = values;
      const results = best.map((row, place) => {
        const value = values[place] ?? null;
        if (row === null || value === null) return null;
        const ratio =
          typeof base !== "number" || base === 0 || value === 0 ? null : isLess ? base / value : value / base;
        return { row, rows: rows[place] ?? [], value: value * factor, ratio };
      });
      return { benchmark, scenario, results };
    })
    .filter(({ results }) => results.some((result) => result !== null))
    .sort((a, b) => compareValues(a.benchmark, b.benchmark) || compareValues(a.scenario, b.scenario));
}
