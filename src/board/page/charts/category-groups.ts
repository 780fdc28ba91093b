import { compareValues, groupRows } from "../data/group-rows.ts";
import { numberAt, summarise } from "../data/measures.ts";
import type { Table, Value } from "../data/table.ts";
import { columnLabel, numberText, valueText } from "../wording.ts";
import { type Facet, facetOf } from "./facets.ts";
import { type Series, seriesOf } from "./series.ts";
import { widestText } from "./text-width.ts";

/** So many categories are drawn, shared by the parts of a chart; each part has at least the other number. */
const mostCategories = 40;
const mostCategoriesOfParts = 60;
const leastCategories = 6;

/** Rows of one category, series and part of a chart. */
export interface Group {
  category: string;
  series: number;
  label: string;
  facet: string;
  rows: readonly number[];
}

/** Rows by part, category and series, in the order in which they are shown. */
export interface Grouping {
  facet: Facet;
  series: Series;
  /** What is drawn. */
  groups: readonly Group[];
  /** What the table holds: all of it. */
  all: readonly Group[];
  notes: readonly string[];
}

/**
 * Groups rows that have the measure. Words stand in the order of their best figure, numbers by size; of many categories
 * those with the most results are drawn, in each part its own, which a note says.
 */
export function groupCategories(
  table: Table,
  rows: readonly number[],
  choice: { by: string; measure: string; facet: string | null; colour: string | null },
): Grouping {
  const { by, measure } = choice;
  const measured = rows.filter((row) => numberAt(table, measure, row) !== null);
  const facet = facetOf(table, choice.facet, measured);
  const held = measured.filter((row) => facet.holds(row));
  const series = seriesOf(table, choice.colour, held);
  const byCategory = groupRows(table, by, held);
  const order = orderedCategories(table, measure, by, byCategory);
  const parts = new Map<string, Group[]>(facet.labels.map((label) => [label, []]));
  for (const category of order)
    for (const group of groupsOf(byCategory.get(category) ?? [], valueText(category, by), series, facet))
      parts.get(group.facet)?.push(group);
  const most =
    facet.name === null
      ? mostCategories
      : Math.max(leastCategories, Math.round(mostCategoriesOfParts / facet.labels.length));
  const all = [...parts.values()].flat();
  const groups = [...parts.values()].flatMap((part) => withMostResults(part, most));
  const without = rows.length - measured.length;
  const left = new Set(all.map(keyOf)).size - new Set(groups.map(keyOf)).size;
  return {
    ...{ facet, series, groups, all },
    notes: [
      ...facet.notes,
      ...(without > 0
        ? [`${numberText(without)} results have no ${columnLabel(measure)} and are not shown.`]
        : []),
      ...(left > 0
        ? [
            `The ${most} values of ${columnLabel(by)} with the most results${facet.name === null ? "" : " in each part"} are drawn; the table has all.`,
          ]
        : []),
    ],
  };
}

function orderedCategories(
  table: Table,
  measure: string,
  by: string,
  byCategory: ReadonlyMap<Value, readonly number[]>,
): Value[] {
  const categories = [...byCategory.keys()];
  const isOrdered =
    by === "round" || categories.every((value) => value === null || typeof value === "number");
  if (isOrdered) return categories.sort(compareValues);
  const bestOf = new Map(
    [...byCategory].map(([value, group]) => [value, summarise(table, measure, group, "best") ?? 0]),
  );
  return categories.sort((a, b) => (bestOf.get(b) ?? 0) - (bestOf.get(a) ?? 0));
}

/** Rows of one category by part and series. */
function groupsOf(rows: readonly number[], category: string, series: Series, facet: Facet): Group[] {
  const groups = new Map<string, Group & { rows: number[]; order: number }>();
  for (const row of rows) {
    const order = series.orderOf(row);
    const part = facet.labelOf(row);
    const key = `${order}\n${part}`;
    const group = groups.get(key);
    if (group !== undefined) group.rows.push(row);
    else
      groups.set(key, {
        ...{ category, order, series: series.indexOf(row), label: series.labelOf(row) },
        ...{ facet: part, rows: [row] },
      });
  }
  return [...groups.values()].sort((a, b) => a.order - b.order);
}

function withMostResults(groups: readonly Group[], most: number): Group[] {
  const counts = new Map<string, number>();
  for (const { category, rows } of groups) counts.set(category, (counts.get(category) ?? 0) + rows.length);
  const kept = new Set(
    [...counts]
      .sort(([, a], [, b]) => b - a)
      .slice(0, most)
      .map(([category]) => category),
  );
  return groups.filter(({ category }) => kept.has(category));
}

function keyOf({ facet, category }: Group): string {
  return `${facet}\n${category}`;
}

/** Room for category names left of a chart, px. */
export function categoryMargin(categories: readonly string[], width: number): number {
  return Math.round(Math.min(width * 0.42, widestText(categories) + 18));
}
