import { type Column, type ColumnName, columns } from "../../../openmlperf/columns.ts";

/** A value of the dataset; null: not known. */
export type Value = string | number | boolean | null;

/** One column with its values, one a row. */
export interface TableColumn extends Pick<Column, "type" | "unit" | "meaning"> {
  name: string;
  values: readonly Value[];
}

/** Rows whose columns are read when they are needed. */
export interface Table {
  rowCount: number;
  /** All columns, in the order of the dataset. */
  columnNames: readonly string[];
  has(name: string): boolean;
  isLoaded(name: string): boolean;
  /** Reads columns; those that the table lacks are left out. */
  load(names: readonly string[]): Promise<void>;
  /** A column that was loaded. Columns that the table lacks hold null in every row. */
  column(name: string): TableColumn;
}

/** What is said of a column that the dataset's description does not know. */
const unknownColumn = {
  type: "text",
  unit: null,
  meaning: "Not a column of the Open MLPerf dataset.",
} as const;

/** Type, unit and meaning of a column. */
export function describeColumn(name: string): Pick<Column, "type" | "unit" | "meaning"> {
  return Object.hasOwn(columns, name) ? columns[name as ColumnName] : unknownColumn;
}

/** True where a column's values are numbers. */
export function isNumeric(name: string): boolean {
  const { type } = describeColumn(name);
  return type === "number" || type === "whole";
}

/** A column without values. */
export function emptyColumn(name: string, rowCount: number): TableColumn {
  return { name, ...describeColumn(name), values: new Array<Value>(rowCount).fill(null) };
}
