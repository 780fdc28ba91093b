import { useMemo } from "preact/hooks";
import type { Table } from "../data/table.ts";
import { useColumns } from "../data/use-columns.ts";

const idColumn = ["id"];

/** Finds the row of a measured result in what the board shows; null where it is not there. */
export function useRowOfResult(table: Table): (id: string) => number | null {
  const isReady = useColumns(table, idColumn);
  return useMemo(() => {
    const rows = new Map(
      isReady ? table.column("id").values.map((id, row) => [String(id), row] as const) : [],
    );
    return (id: string) => rows.get(id) ?? null;
  }, [table, isReady]);
}
