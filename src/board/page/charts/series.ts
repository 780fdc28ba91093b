import { compareValues, distinctValues, groupRows } from "../data/group-rows.ts";
import type { Table, Value } from "../data/table.ts";
import type { Theme } from "../theme.tsx";
import { valueText } from "../wording.ts";
import type { LegendItem } from "./chart.ts";

/** Shapes of points in the order of series. Their number shares no factor with that of the colours. */
export const shapes = ["circle", "square", "triangle", "diamond", "cross", "star", "wye"] as const;

const mostSeries = 24;
const restLabel = "all others";

export function seriesColor(theme: Theme, index: number): string {
  return theme.series[index % theme.series.length] ?? theme.ink;
}

export function seriesShape(index: number): (typeof shapes)[number] {
  return shapes[index % shapes.length] ?? "circle";
}

/** Which series a row belongs to. */
export interface Series {
  /** In the order of values. */
  legend: LegendItem[];
  indexOf(row: number): number;
  labelOf(row: number): string;
  /** Place of a row's series in the legend. */
  orderOf(row: number): number;
}

/** Series by the values of a column; one series where no column is named. More than 24 values share the last one. */
export function seriesOf(table: Table, name: string | null, rows: readonly number[]): Series {
  if (name === null) return { legend: [], indexOf: () => 0, labelOf: () => "", orderOf: () => 0 };
  const groups = [...groupRows(table, name, rows)];
  const kept = groups
    .sort(([, a], [, b]) => b.length - a.length)
    .slice(0, groups.length > mostSeries ? mostSeries - 1 : mostSeries)
    .map(([value]) => value)
    .sort(compareValues);
  const orders = new Map(kept.map((value, order) => [value, order]));
  const places = colourPlaces(table, name, kept);
  const legend = kept.map((value, order) => ({ label: valueText(value, name), index: places[order] ?? 0 }));
  if (groups.length > kept.length) legend.push({ label: restLabel, index: places[kept.length] ?? 0 });
  const { values } = table.column(name);
  const orderOf = (row: number) => orders.get(values[row] ?? null) ?? kept.length;
  return {
    legend,
    orderOf,
    indexOf: (row) => legend[orderOf(row)]?.index ?? 0,
    labelOf: (row) => legend[orderOf(row)]?.label ?? "",
  };
}

/**
 * A place among the colours for each value and one for the rest, no two alike: that of the value among all of the table,
 * so that a filter changes no colour; the next free one where another value has it.
 */
function colourPlaces(table: Table, name: string, kept: readonly Value[]): number[] {
  const everyRow = table.column(name).values.map((_, row) => row);
  const ranks = new Map(distinctValues(table, name, everyRow).map((value, rank) => [value, rank]));
  const wanted = [...kept.map((value) => ranks.get(value) ?? 0), ranks.size].map((rank) => rank % mostSeries);
  const taken = new Set(wanted);
  return wanted.map((place, order) => {
    if (wanted.indexOf(place) === order) return place;
    const free = Array.from({ length: mostSeries }, (_, step) => (place + step) % mostSeries);
    const found = free.find((each) => !taken.has(each)) ?? place;
    taken.add(found);
    return found;
  });
}
