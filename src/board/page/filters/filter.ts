import { isNumeric, type Table, type Value } from "../data/table.ts";

/** Rows that hold one of some values, or a number within limits. Numbers are in the dataset's own unit. */
export type Filter =
  | { column: string; values: readonly string[] }
  | { column: string; least: number | null; most: number | null };

/** How an unknown value stands in a filter. */
export const unknownKey = "(none)";

/** Parameter that says which runs of one's own stand beside published results. */
export const ownParameter = "own";

const prefix = "where.";
/** Says that the user wants no filter, where a view has some of its own. */
const noFilter = "where";

/** A value as it stands in a filter. */
export function keyOf(value: Value): string {
  return value === null ? unknownKey : String(value);
}

/** The filters of an address; null where it says nothing of them and a view's own hold. */
export function readFilters(parameters: URLSearchParams): Filter[] | null {
  const names = [...new Set(parameters.keys())].filter((name) => name.startsWith(prefix));
  if (names.length === 0) return parameters.has(noFilter) ? [] : null;
  return names.map((name) => {
    const column = name.slice(prefix.length);
    const values = parameters.getAll(name);
    const [, least, most] = /^(-?[\d.e+-]*)\.\.(-?[\d.e+-]*)$/.exec(values[0] ?? "") ?? [];
    if (!isNumeric(column) || least === undefined || most === undefined) return { column, values };
    return { column, least: numberOrNull(least), most: numberOrNull(most) };
  });
}

/** What the address must say for these filters, as changes to the state of the URL. */
export function filterChanges(
  parameters: URLSearchParams,
  filters: readonly Filter[],
): Record<string, string[] | null> {
  const changes: Record<string, string[] | null> = { [noFilter]: filters.length === 0 ? ["all"] : null };
  for (const name of parameters.keys()) if (name.startsWith(prefix)) changes[name] = null;
  for (const filter of filters)
    changes[`${prefix}${filter.column}`] =
      "values" in filter ? [...filter.values] : [`${filter.least ?? ""}..${filter.most ?? ""}`];
  return changes;
}

/** The parameters of an address that say what is filtered; other views keep them. */
export function filterParameters(parameters: URLSearchParams): URLSearchParams {
  return new URLSearchParams(
    [...parameters].filter(([name]) => name === noFilter || name === ownParameter || name.startsWith(prefix)),
  );
}

/** Numbers of the rows that pass all filters, whose columns must be loaded. */
export function filterRows(table: Table, filters: readonly Filter[]): number[] {
  let rows = Array.from({ length: table.rowCount }, (_, row) => row);
  for (const filter of filters) {
    const { values } = table.column(filter.column);
    const passes = testOf(filter);
    rows = rows.filter((row) => passes(values[row] ?? null));
  }
  return rows;
}

/** What a filter asks of a value. */
export function testOf(filter: Filter): (value: Value) => boolean {
  if ("values" in filter) {
    const wanted = new Set(filter.values);
    return (value) => wanted.has(keyOf(value));
  }
  const { least, most } = filter;
  return (value) =>
    typeof value === "number" && (least === null || value >= least) && (most === null || value <= most);
}

function numberOrNull(text: string): number | null {
  return text === "" || Number.isNaN(Number(text)) ? null : Number(text);
}
