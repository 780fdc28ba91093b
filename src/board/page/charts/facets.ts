import type { PlotOptions } from "@observablehq/plot";
import { compareValues, groupRows } from "../data/group-rows.ts";
import type { Table } from "../data/table.ts";
import { columnLabel, valueText } from "../wording.ts";
import { widestText } from "./text-width.ts";

const mostFacets = 10;

/** The parts of a chart, one above the other, that share their axes. */
export interface Facet {
  /** Null where the chart has one part. */
  name: string | null;
  labels: readonly string[];
  holds(row: number): boolean;
  labelOf(row: number): string;
  notes: readonly string[];
}

/**
 * Parts by the values of a column among rows that have what the chart shows, so that no part is empty. Of more than ten
 * values those with the most rows are shown, which a note says.
 */
export function facetOf(table: Table, name: string | null, rows: readonly number[]): Facet {
  if (name === null) return { name, labels: [""], holds: () => true, labelOf: () => "", notes: [] };
  const groups = [...groupRows(table, name, rows)].sort(([, a], [, b]) => b.length - a.length);
  const shown = groups.slice(0, mostFacets).map(([value]) => value);
  const labels = new Map(shown.sort(compareValues).map((value) => [value, valueText(value, name)]));
  const { values } = table.column(name);
  const left = groups.length - shown.length;
  return {
    name,
    labels: [...labels.values()],
    holds: (row) => labels.has(values[row] ?? null),
    labelOf: (row) => labels.get(values[row] ?? null) ?? "",
    notes:
      left === 0
        ? []
        : [
            `Of ${groups.length} values of ${columnLabel(name)} the ${mostFacets} with the most results are shown.`,
          ],
  };
}

/** Height of a chart and its axis of parts. */
export function facetOptions(facet: Facet, width: number, heightPx: number): PlotOptions {
  if (facet.name === null) return { height: Math.max(heightPx, Math.min(440, width * 0.45)) };
  return {
    height: facet.labels.length * Math.max(150, heightPx * 0.62) + 60,
    marginRight: facetMargin(facet),
    fy: { domain: [...facet.labels], label: columnLabel(facet.name) },
  };
}

/** The channel that puts a point into its part; none where there is one part. */
export function facetChannel(facet: Facet): { fy?: "facet" } {
  return facet.name === null ? {} : { fy: "facet" };
}

/** Heading of the column that tells the part, for the table of a chart; none where there is one part. */
export function facetHeader(facet: Facet): string[] {
  return facet.name === null ? [] : [columnLabel(facet.name)];
}

/** The part of a line of that table. */
export function facetCells(facet: Facet, label: string): string[] {
  return facet.name === null ? [] : [label];
}

/** Room right of a chart for the names of its parts, px. */
export function facetMargin(facet: Facet): number {
  return Math.min(190, 40 + widestText(facet.labels));
}
