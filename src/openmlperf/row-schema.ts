import * as z from "zod";
import { columnLimits } from "./column-limits.ts";
import { type ColumnName, columns } from "./columns.ts";
import { columnNames } from "./row.ts";

/** What a value of a column must be, where it is known: its type, and its limits. */
export function columnSchema(name: ColumnName): z.ZodType {
  const { type } = columns[name];
  const { range = [0, Number.MAX_SAFE_INTEGER], words, pattern } = columnLimits[name] ?? {};
  if (type === "boolean") return z.boolean();
  if (type === "number") return z.number().min(range[0]).max(range[1]);
  if (type === "whole") return z.int().min(range[0]).max(range[1]);
  if (words !== undefined) return z.enum([...words]);
  return pattern === undefined ? z.string() : z.string().regex(new RegExp(pattern, "u"));
}

/** Whether every row has a value of the column. */
export function isRequired(name: ColumnName): boolean {
  return "required" in columns[name];
}

/** A whole row: every column, and no other. */
export const rowSchema = z.strictObject(
  Object.fromEntries(
    columnNames.map((name) => [name, isRequired(name) ? columnSchema(name) : columnSchema(name).nullable()]),
  ),
);
