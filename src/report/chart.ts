/** One axis of a chart. */
export interface ChartAxis {
  /** Name with its unit, e.g. "TTFT, ms". */
  label: string;
  scale: "linear" | "log";
  /** Ticks at fixed places with texts of their own; else they are chosen by what fits. */
  ticks?: readonly { at: number; text: string }[];
}

/** One line, set of bars or set of points. */
export interface ChartSeries {
  name: string;
  style: "line" | "steps" | "bars" | "points";
  /** A value for each x; null where there is none. */
  values: readonly (number | null)[];
  /** Number of its color, from 1; by default its place among the series. */
  color?: number;
  /** Texts beside the points, one for each x. */
  texts?: readonly (string | null)[];
}

/** A limit or another value that stands out, drawn across the chart. */
export interface ChartMark {
  axis: "x" | "y";
  at: number;
  text: string;
}

/** A chart as data: what the page draws. Values are rounded for the eye and down-sampled. */
export interface Chart {
  title: string;
  /** How to read it, in one sentence. */
  note: string;
  x: ChartAxis;
  y: ChartAxis;
  /** Ascending. */
  xValues: readonly number[];
  series: readonly ChartSeries[];
  marks: readonly ChartMark[];
  /** Charts of one group share their cursor; null for none. */
  cursorGroup: string | null;
}
