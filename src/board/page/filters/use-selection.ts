import { useMemo } from "preact/hooks";
import type { Table } from "../data/table.ts";
import { useColumns } from "../data/use-columns.ts";
import type { UrlState } from "../url-state.ts";
import { type Filter, filterRows, readFilters } from "./filter.ts";
import { filterWords } from "./filter-words.ts";

/** Columns that own filters of views and the warning of mixed rows look at. */
export const filterBase = [
  "origin",
  "round",
  "division",
  "scenario",
  "availability",
  "benchmark",
  "benchmark_family",
  "duplicate_of",
];

/** The rows that a view shows. */
export interface Selection {
  /** False while columns are being read; there are no rows then. */
  isReady: boolean;
  rows: readonly number[];
  filters: readonly Filter[];
  /** True where the filters are the view's own, not the user's. */
  isOwn: boolean;
  /** The filters in one line. */
  words: string;
}

/** Reads the columns that a view needs and picks its rows: by the filters of the address, else by the view's own. */
export function useSelection(
  table: Table,
  state: UrlState,
  ownFilters: (table: Table) => Filter[],
  columnNames: readonly string[],
): Selection {
  const given = useMemo(() => readFilters(state.parameters), [state.parameters]);
  const needed = [...new Set([...filterBase, ...columnNames, ...(given ?? []).map(({ column }) => column)])];
  const isReady = useColumns(table, needed);
  return useMemo(() => {
    const filters = given ?? (isReady ? ownFilters(table) : []);
    const rows = isReady ? filterRows(table, filters) : [];
    return { isReady, rows, filters, isOwn: given === null, words: filterWords(filters) };
  }, [table, given, isReady, ownFilters]);
}
