import type { Table } from "../data/table.ts";
import { type Filter, filterRows, testOf } from "./filter.ts";

/** Flags of runs whose figures say nothing of hardware, or that missed a rule of their scenario. */
export const unproven = { simulated: "simulated", notValid: "not-valid" } as const;

/** Which runs of one's own stand beside published results: none, the VALID ones of real servers, or all. */
export type OwnChoice = "none" | "valid" | "all";

/** Columns of publications, which a run of one's own cannot have: filters on them do not ask of it. */
export const columnsOfPublications = ["origin", "round", "division", "availability", "suite"];

/** True for a run of one's own, not verified by MLCommons. */
export function isOwnRun(table: Table, row: number): boolean {
  return table.column("origin").values[row] === "flexbench";
}

/** True for a run of one's own that a simulated server answered, or that was not VALID. */
export function isUnproven(table: Table, row: number): boolean {
  if (!isOwnRun(table, row)) return false;
  const flags = String(table.column("flags").values[row] ?? "").split(" ");
  return flags.includes(unproven.simulated) || flags.includes(unproven.notValid);
}

/**
 * The rows of a view: what passes its filters, and of the runs of one's own those that are asked for and pass what can be
 * asked of them. Without being asked for, unproven runs stay out of everything that holds published results.
 */
export function rowsWithOwn(table: Table, filters: readonly Filter[], choice: OwnChoice): number[] {
  const rows = filterRows(table, filters);
  const origins = table.column("origin").values;
  const isProven = (row: number) => !isUnproven(table, row);
  if (choice === "none") return origins.includes("official") ? rows.filter(isProven) : rows;
  const own = ownRows(table).filter((row) => choice === "all" || isProven(row));
  const asked = filters.filter(({ column }) => !columnsOfPublications.includes(column));
  const passing = own.filter((row) => passes(table, asked, row));
  return [...rows.filter((row) => !isOwnRun(table, row)), ...passing];
}

/** All runs of one's own. */
export function ownRows(table: Table): number[] {
  return table.column("origin").values.flatMap((origin, row) => (origin === "flexbench" ? [row] : []));
}

function passes(table: Table, filters: readonly Filter[], row: number): boolean {
  return filters.every((filter) => {
    const value = table.column(filter.column).values[row] ?? null;
    // A run seldom knows which accuracy variant of a benchmark it is nearest to.
    if (filter.column === "benchmark" && "values" in filter) {
      const family = String(table.column("benchmark_family").values[row]);
      return filter.values.some((each) => each === value || each === family || each.startsWith(`${family}-`));
    }
    return testOf(filter)(value);
  });
}
