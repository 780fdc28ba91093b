import { type ColumnName, type ColumnType, columns } from "./columns.ts";

type ValueOf<Type extends ColumnType> = Type extends "text"
  ? string
  : Type extends "boolean"
    ? boolean
    : number;

/** Columns that every row has. */
export type RequiredColumn = {
  [Name in ColumnName]: (typeof columns)[Name] extends { required: true } ? Name : never;
}[ColumnName];

/** One result of the dataset; null means: not known. */
export type Row = {
  [Name in ColumnName]: Name extends RequiredColumn
    ? ValueOf<(typeof columns)[Name]["type"]>
    : ValueOf<(typeof columns)[Name]["type"]> | null;
};

/** What is known of a row so far: a reader fills what its source says, rules add the rest. */
export type PartialRow = { -readonly [Name in ColumnName]?: Row[Name] | null };

/** A result as a reader gives it: its own columns, and the system description beside it where there is one. */
export interface Draft {
  row: PartialRow;
  /** Fields of the system description as published. */
  system: Readonly<Record<string, string>> | null;
}

/** Names of all columns in the order of the files. */
export const columnNames = Object.keys(columns) as ColumnName[];
