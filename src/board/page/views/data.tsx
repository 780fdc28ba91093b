import { useCallback, useMemo } from "preact/hooks";
import { searchRows } from "../data/search-rows.ts";
import { sortRows } from "../data/sort-rows.ts";
import { ColumnChooser } from "../data-view/column-chooser.tsx";
import { downloadCsv, downloadJson } from "../data-view/download-rows.ts";
import { type Order, VirtualTable } from "../data-view/virtual-table.tsx";
import { FilterBar } from "../filters/filter-bar.tsx";
import { everyRow } from "../filters/own-filters.ts";
import { useSelection } from "../filters/use-selection.ts";
import type { View, ViewProps } from "../view.ts";
import { numberText } from "../wording.ts";

const usualColumns = [
  ...["round", "submitter", "system_name", "accelerator", "accelerators_total", "benchmark", "scenario"],
  ...["tokens_per_second", "tokens_per_second_per_accelerator", "weight_data_type", "framework"],
  ...["division", "availability", "result_value", "result_unit", "origin"],
];

/** The latest round first. */
const usualOrder = "-round";

function Data({ table, state, openRows }: ViewProps) {
  const columnNames = useMemo(() => {
    const wanted = state
      .get("columns", "")
      .split(",")
      .filter((name) => table.has(name));
    return wanted.length > 0 ? wanted : usualColumns.filter((name) => table.has(name));
  }, [table, state.get("columns", "")]);
  const search = state.get("search", "");
  const order = orderOf(state.get("sort", usualOrder), columnNames);
  const selection = useSelection(table, state, everyRow, columnNames, "filtered");
  const { isReady } = selection;
  const found = useMemo(
    () => (isReady ? searchRows(table, selection.rows, columnNames, search) : []),
    [table, selection.rows, isReady, columnNames, search],
  );
  const rows = useMemo(
    () => (order === null || !isReady ? found : sortRows(table, found, order.column, order.direction)),
    [table, found, isReady, order?.column, order?.direction],
  );
  const openRow = useCallback((row: number) => openRows([row], "Result"), [openRows]);
  const orderBy = (column: string) => {
    const isAscending = order?.column === column && order.direction === "ascending";
    state.set({ sort: isAscending ? `-${column}` : column });
  };
  return (
    <>
      <FilterBar table={table} state={state} selection={selection} />
      <div class="controls">
        <label class="choice">
          <span>Search in the columns shown</span>
          <input
            type="search"
            value={search}
            onInput={({ currentTarget: { value } }) => state.set({ search: value === "" ? null : value })}
          />
        </label>
        <button type="button" onClick={() => downloadCsv(table, rows, columnNames)}>
          Download CSV
        </button>
        <button type="button" onClick={() => downloadJson(table, rows, columnNames)}>
          Download JSON
        </button>
        <span class="count" role="status">
          {numberText(rows.length)} rows shown
        </span>
      </div>
      <ColumnChooser
        table={table}
        shown={columnNames}
        choose={(names) => state.set({ columns: names.length === 0 ? null : names.join(",") })}
      />
      {isReady && rows.length === 0 && selection.rows.length > 0 && (
        <p role="alert" class="empty">
          No row holds “{search}” in the columns shown.
        </p>
      )}
      {isReady && (
        <VirtualTable
          table={table}
          rows={rows}
          columnNames={columnNames}
          order={order}
          orderBy={orderBy}
          openRow={openRow}
        />
      )}
    </>
  );
}

/** The order that an address asks for: a column's name, with - before it for the largest first. */
function orderOf(text: string, shown: readonly string[]): Order | null {
  const column = text.replace(/^-/, "");
  if (!shown.includes(column)) return null;
  return { column, direction: text.startsWith("-") ? "descending" : "ascending" };
}

/** All rows as a table. */
export const data: View = { id: "data", title: "Data", needsData: true, render: Data };
