import { compareValues, groupRows } from "../data/group-rows.ts";
import { numberAt, summarise } from "../data/measures.ts";
import type { Table } from "../data/table.ts";
import { columnLabel, numberText, valueText } from "../wording.ts";
import type { Facet } from "./facets.ts";
import type { Series } from "./series.ts";
import { widestText } from "./text-width.ts";

const mostCategories = 40;

/** Rows of one category, series and part of a chart. */
export interface Group {
  category: string;
  series: number;
  label: string;
  facet: string;
  rows: readonly number[];
}

/** Rows by category, series and part, and the categories in the order in which they are shown. */
export interface Grouping {
  categories: readonly string[];
  groups: readonly Group[];
  notes: readonly string[];
}

/**
 * Groups rows that have the measure. Words stand in the order of their best figure, numbers by size; of more than 40
 * categories those with the most results are shown, which a note says.
 */
export function groupCategories(
  table: Table,
  rows: readonly number[],
  choice: { by: string; measure: string; facet: Facet; series: Series },
): Grouping {
  const { by, measure, facet, series } = choice;
  const measured = rows.filter((row) => facet.holds(row) && numberAt(table, measure, row) !== null);
  const byCategory = [...groupRows(table, by, measured)].sort(([, a], [, b]) => b.length - a.length);
  const shown = byCategory.slice(0, mostCategories);
  const bestOf = new Map(
    shown.map(([value, group]) => [value, summarise(table, measure, group, "best") ?? 0]),
  );
  const isOrdered = by === "round" || shown.every(([value]) => value === null || typeof value === "number");
  shown.sort(([a], [b]) => (isOrdered ? compareValues(a, b) : (bestOf.get(b) ?? 0) - (bestOf.get(a) ?? 0)));
  const groups = shown.flatMap(([value, ofCategory]) => {
    const parts = new Map<string, Group & { rows: number[] }>();
    for (const row of ofCategory) {
      const index = series.indexOf(row);
      const key = `${index}\n${facet.labelOf(row)}`;
      const part = parts.get(key);
      if (part !== undefined) part.rows.push(row);
      else
        parts.set(key, {
          category: valueText(value, by),
          series: index,
          label: series.labelOf(row),
          facet: facet.labelOf(row),
          rows: [row],
        });
    }
    return [...parts.values()].sort((a, b) => a.series - b.series);
  });
  const held = rows.filter((row) => facet.holds(row)).length;
  const left = byCategory.length - shown.length;
  return {
    categories: shown.map(([value]) => valueText(value, by)),
    groups,
    notes: [
      ...facet.notes,
      ...(held > measured.length
        ? [`${numberText(held - measured.length)} results have no ${columnLabel(measure)} and are not shown.`]
        : []),
      ...(left > 0
        ? [
            `Of ${byCategory.length} values of ${columnLabel(by)} the ${mostCategories} with the most results are shown.`,
          ]
        : []),
    ],
  };
}

/** Room for category names left of a chart, px. */
export function categoryMargin(categories: readonly string[], width: number): number {
  return Math.round(Math.min(width * 0.42, widestText(categories) + 18));
}
