import { useMemo, useState } from "preact/hooks";
import { compareValues, groupRows } from "../data/group-rows.ts";
import { describeColumn, isNumeric, type Table } from "../data/table.ts";
import { useColumns } from "../data/use-columns.ts";
import { columnTitle, numberText, shownUnit, valueText } from "../wording.ts";
import { type Filter, filterRows, keyOf } from "./filter.ts";

const mostListed = 200;

/** Changes the filter of one column: values to tick, or limits of a number. */
export function FilterEditor(props: {
  table: Table;
  column: string;
  filters: readonly Filter[];
  replace: (filter: Filter) => void;
  close: () => void;
}) {
  const { table, column, filters, replace, close } = props;
  const isReady = useColumns(table, [column]);
  return (
    <fieldset class="editor">
      <legend>{columnTitle(column)}</legend>
      <p class="note">{describeColumn(column).meaning}</p>
      {!isReady && <p role="status">Reading …</p>}
      {isReady && isNumeric(column) && <Limits column={column} filters={filters} replace={replace} />}
      {isReady && !isNumeric(column) && (
        <Choices table={table} column={column} filters={filters} replace={replace} />
      )}
      <button type="button" onClick={close}>
        Done
      </button>
    </fieldset>
  );
}

function Limits(props: { column: string; filters: readonly Filter[]; replace: (filter: Filter) => void }) {
  const { column, filters, replace } = props;
  const now = filters.find((filter) => filter.column === column);
  const { least, most } = now !== undefined && "least" in now ? now : { least: null, most: null };
  const { factor, unit } = shownUnit(column);
  const limit = (label: string, value: number | null, set: (value: number | null) => void) => (
    <label>
      {label}{" "}
      <input
        type="number"
        step="any"
        value={value === null ? "" : value * factor}
        onChange={({ currentTarget }) =>
          set(currentTarget.value === "" ? null : Number(currentTarget.value) / factor)
        }
      />{" "}
      {unit}
    </label>
  );
  return (
    <div class="limits">
      {limit("at least", least, (value) => replace({ column, least: value, most }))}
      {limit("at most", most, (value) => replace({ column, least, most: value }))}
    </div>
  );
}

function Choices(props: {
  table: Table;
  column: string;
  filters: readonly Filter[];
  replace: (filter: Filter) => void;
}) {
  const { table, column, filters, replace } = props;
  const [search, setSearch] = useState("");
  const now = filters.find((filter) => filter.column === column);
  const ticked = new Set(now !== undefined && "values" in now ? now.values : []);
  const options = useMemo(() => {
    // What the other filters let through is what can be chosen.
    const others = filters.filter((filter) => filter.column !== column);
    const groups = [...groupRows(table, column, filterRows(table, others))];
    return groups
      .sort(([a], [b]) => compareValues(a, b))
      .map(([value, rows]) => ({
        key: keyOf(value),
        label: valueText(value, column),
        count: rows.length,
      }));
  }, [table, column, filters]);
  const found = options.filter(({ label }) => label.toLowerCase().includes(search.toLowerCase()));
  const toggle = (key: string, isTicked: boolean) => {
    const values = isTicked ? [...ticked, key] : [...ticked].filter((value) => value !== key);
    replace({ column, values });
  };
  return (
    <>
      {options.length > 12 && (
        <label>
          Search values{" "}
          <input
            type="search"
            value={search}
            onInput={({ currentTarget }) => setSearch(currentTarget.value)}
          />
        </label>
      )}
      <div class="choices">
        {found.slice(0, mostListed).map(({ key, label, count }) => (
          <label key={key}>
            <input
              type="checkbox"
              checked={ticked.has(key)}
              onChange={({ currentTarget }) => toggle(key, currentTarget.checked)}
            />{" "}
            {label} <span class="soft">{numberText(count)}</span>
          </label>
        ))}
      </div>
      {found.length > mostListed && (
        <p class="note">{numberText(found.length - mostListed)} more values: search for them.</p>
      )}
    </>
  );
}
