import type { Statistic } from "../data/measures.ts";

/** What the user chose to see. */
export interface ChartChoice {
  /** Column along the horizontal axis, or whose values are the bars, boxes or columns. */
  by: string;
  /** Column of the figures. */
  measure: string;
  colour: string | null;
  facet: string | null;
  statistic: Statistic;
  isLog: boolean;
}
