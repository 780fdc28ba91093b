import { useMemo } from "preact/hooks";
import type { Table } from "../data/table.ts";
import { useColumns } from "../data/use-columns.ts";
import type { UrlState } from "../url-state.ts";
import { type Filter, filterRows, ownParameter, readFilters } from "./filter.ts";
import { filterWords } from "./filter-words.ts";
import { isUnproven, type OwnChoice, ownRows, rowsWithOwn } from "./own-runs.ts";

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
  "flags",
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
  /** Which runs of one's own are shown where that can be chosen; null where there are none or the view has a rule of its own. */
  own: { choice: OwnChoice; valid: number; all: number } | null;
}

/** Which runs of one's own a view shows: those that the address asks for, or whatever passes the filters. */
export type OwnRule = "asked" | "filtered";

/** Reads the columns that a view needs and picks its rows: by the filters of the address, else by the view's own. */
export function useSelection(
  table: Table,
  state: UrlState,
  ownFilters: (table: Table) => Filter[],
  columnNames: readonly string[],
  rule: OwnRule = "asked",
): Selection {
  const given = useMemo(() => readFilters(state.parameters), [state.parameters]);
  const needed = [...new Set([...filterBase, ...columnNames, ...(given ?? []).map(({ column }) => column)])];
  const isReady = useColumns(table, needed);
  const asked = state.get(ownParameter, "none");
  return useMemo(() => {
    const filters = given ?? (isReady ? ownFilters(table) : []);
    const choice: OwnChoice = asked === "valid" || asked === "all" ? asked : "none";
    const own = isReady && rule === "asked" ? ownRows(table) : [];
    const ofOwn = { choice, valid: own.filter((row) => !isUnproven(table, row)).length, all: own.length };
    const kept = (): number[] =>
      rule === "filtered" ? filterRows(table, filters) : rowsWithOwn(table, filters, choice);
    return {
      ...{ isReady, filters, isOwn: given === null },
      rows: isReady ? kept() : [],
      words: `${filterWords(filters)}${choice === "none" || own.length === 0 ? "" : ownWords[choice]}`,
      own: own.length === 0 ? null : ofOwn,
    };
  }, [table, given, isReady, ownFilters, asked, rule]);
}

const ownWords = {
  valid: " With VALID runs of one's own, not verified by MLCommons.",
  all: " With all runs of one's own, simulated and INVALID ones too, not verified by MLCommons.",
} as const;
