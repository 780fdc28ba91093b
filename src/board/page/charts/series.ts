import { compareValues, groupRows } from "../data/group-rows.ts";
import type { Table } from "../data/table.ts";
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
  legend: LegendItem[];
  indexOf(row: number): number;
  labelOf(row: number): string;
}

/** Series by the values of a column; one series where no column is named. More than 24 values share the last one. */
export function seriesOf(table: Table, name: string | null, rows: readonly number[]): Series {
  if (name === null) return { legend: [], indexOf: () => 0, labelOf: () => "" };
  const groups = [...groupRows(table, name, rows)];
  const kept = groups
    .sort(([, a], [, b]) => b.length - a.length)
    .slice(0, groups.length > mostSeries ? mostSeries - 1 : mostSeries)
    .map(([value]) => value)
    .sort(compareValues);
  const places = new Map(kept.map((value, index) => [value, index]));
  const legend = kept.map((value, index) => ({ label: valueText(value, name), index }));
  if (groups.length > kept.length) legend.push({ label: restLabel, index: kept.length });
  const { values } = table.column(name);
  const indexOf = (row: number) => places.get(values[row] ?? null) ?? kept.length;
  return { legend, indexOf, labelOf: (row) => legend[indexOf(row)]?.label ?? "" };
}
