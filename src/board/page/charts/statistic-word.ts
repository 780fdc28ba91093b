import { isLessBetter, type Statistic } from "../data/measures.ts";
import type { Table } from "../data/table.ts";

/** What a statistic is called for a measure: the best time is the lowest one. */
export function statisticWord(statistic: Statistic, table: Table, measure: string): string {
  if (statistic === "count") return "number of results";
  if (statistic !== "best") return statistic;
  return isLessBetter(table, measure) ? "lowest" : "highest";
}
