import type { PlotOptions } from "@observablehq/plot";
import type { Theme } from "../theme.tsx";

/** What a mark stands for: the rows behind it. */
export interface Datum {
  rows: readonly number[];
}

/** A series as the legend shows it. */
export interface LegendItem {
  label: string;
  /** Colour and shape follow from it; the same value of a column has the same one wherever that is free. */
  index: number;
}

/** The figures of a chart as a table, which is also its CSV file. */
export interface ChartTable {
  header: readonly string[];
  rows: readonly { cells: readonly (string | number | null)[]; rows: readonly number[] }[];
}

/** A chart before it is drawn. */
export interface Chart {
  /** What is shown, in one line. */
  title: string;
  options: (width: number, theme: Theme) => PlotOptions;
  legend: readonly LegendItem[];
  /** False where series differ by colour and place only, as bars do. */
  hasShapes: boolean;
  table: () => ChartTable;
  /** True where no row has what the chart shows. */
  isEmpty: boolean;
  /** What the reader must know, such as what was left out. */
  notes: readonly string[];
  /** What depends on how the page looks, such as whether dark or light is much. */
  themeNote?: (theme: Theme) => string;
}
