import { useState } from "preact/hooks";
import type { Table } from "../data/table.ts";
import type { UrlState } from "../url-state.ts";
import { columnTitle, numberText } from "../wording.ts";
import { type Filter, filterChanges, ownParameter } from "./filter.ts";
import { FilterEditor } from "./filter-editor.tsx";
import { filterText } from "./filter-words.ts";
import type { Selection } from "./use-selection.ts";

/** The filters as chips: a press on one opens it, × takes it away. */
export function FilterBar(props: { table: Table; state: UrlState; selection: Selection }) {
  const { table, state, selection } = props;
  const [edited, setEdited] = useState<string | null>(null);
  const { filters } = selection;
  const change = (next: readonly Filter[]) => state.set(filterChanges(state.parameters, next));
  const without = (column: string) => filters.filter((filter) => filter.column !== column);
  const replace = (filter: Filter) =>
    change(
      filters.some(({ column }) => column === filter.column)
        ? filters.map((each) => (each.column === filter.column ? filter : each))
        : [...filters, filter],
    );
  return (
    <section class="filters" aria-label="Filters">
      <div class="chips">
        {filters.map((filter) => (
          <span key={filter.column} class="chip">
            <button
              type="button"
              aria-expanded={edited === filter.column}
              onClick={() => setEdited(edited === filter.column ? null : filter.column)}
            >
              {filterText(filter)}
            </button>
            <button
              type="button"
              aria-label={`Take away the filter ${filterText(filter)}`}
              onClick={() => change(without(filter.column))}
            >
              ×
            </button>
          </span>
        ))}
        <select
          aria-label="Add a filter"
          value=""
          onChange={({ currentTarget }) => {
            setEdited(currentTarget.value);
            currentTarget.value = "";
          }}
        >
          <option value="">+ Filter</option>
          {table.columnNames.map((name) => (
            <option key={name} value={name}>
              {columnTitle(name)}
            </option>
          ))}
        </select>
        {filters.length > 0 && (
          <button type="button" class="quiet" onClick={() => change([])}>
            Remove all
          </button>
        )}
        {selection.own !== null && <OwnSwitch own={selection.own} state={state} />}
        <span class="count" role="status">
          {selection.isReady
            ? `${numberText(selection.rows.length)} of ${numberText(table.rowCount)} results`
            : "Reading …"}
        </span>
      </div>
      {edited !== null && (
        <FilterEditor
          key={edited}
          table={table}
          column={edited}
          filters={filters}
          replace={replace}
          close={() => setEdited(null)}
        />
      )}
      {selection.isReady && selection.rows.length === 0 && (
        <p role="alert" class="empty">
          No result passes these filters. Take one away or widen it.
        </p>
      )}
    </section>
  );
}

/** Which runs of one's own stand beside published results. */
function OwnSwitch({ own, state }: { own: NonNullable<Selection["own"]>; state: UrlState }) {
  const { choice, valid, all } = own;
  return (
    <select
      aria-label="Own runs"
      class="own"
      title="Beside published results: VALID runs of real servers, or all, simulated and INVALID ones too"
      value={choice}
      onChange={({ currentTarget: { value } }) =>
        state.set({ [ownParameter]: value === "none" ? null : value })
      }
    >
      <option value="none">Own runs: as filtered</option>
      <option value="valid">Own runs: {numberText(valid)} VALID</option>
      <option value="all">Own runs: all {numberText(all)}</option>
    </select>
  );
}
