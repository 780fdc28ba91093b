import type * as z from "zod";
import { columnLimits } from "../column-limits.ts";
import { type ColumnName, columns } from "../columns.ts";
import { columnNames } from "../row.ts";
import { rowSchema } from "../row-schema.ts";
import { error, type RowFinding, warning } from "./finding.ts";

/** Holds each value against the type and the limits of its column, and names columns that do not exist. */
export function findingsOfValues(row: Readonly<Record<string, unknown>>): RowFinding[] {
  const outcome = rowSchema.safeParse(row);
  if (outcome.success) return [];
  const lacking = columnNames.filter((name) => !(name in row));
  return [
    ...(lacking.length === 0 ? [] : [error("columns", `lacks ${lacking.length}: ${lacking.join(", ")}`)]),
    ...outcome.error.issues.flatMap((issue) => {
      if (issue.code === "unrecognized_keys")
        return issue.keys.map((name) => error("extra", `${name} is no column of the dataset`));
      return String(issue.path[0]) in row ? [findingOf(issue, row)] : [];
    }),
  ];
}

function findingOf(issue: z.core.$ZodIssue, row: Readonly<Record<string, unknown>>): RowFinding {
  const name = String(issue.path[0]) as ColumnName;
  const value = row[name];
  const { type, unit } = columns[name];
  if (value === null) return error("required", `${name} is empty`);
  const text = JSON.stringify(value);
  if (issue.code === "invalid_type") {
    const isPart = type === "whole" && typeof value === "number";
    return error("type", isPart ? `${name} is not whole: ${value}` : `${name} is no ${type}: ${text}`);
  }
  const { words, range = [0, Number.MAX_SAFE_INTEGER] } = columnLimits[name] ?? {};
  if (issue.code === "too_small" || issue.code === "too_big") {
    const measure = unit === null ? "" : ` ${unit}`;
    return error("range", `${name} is ${value}${measure}; it must be from ${range[0]} to ${range[1]}`);
  }
  if (words === undefined) return error("pattern", `${name} is ${text}, which has not its form`);
  if (keepsPublishedSpelling(name, row))
    return warning("words", `${name} is ${text}, as published: no alias knows it`);
  return error("words", `${name} is ${text}; it must be ${words.join(", ")}`);
}

/** Rules keep a spelling that they do not know, and flag its row. A unit that nobody knows leaves no figure to compare. */
function keepsPublishedSpelling(name: ColumnName, row: Readonly<Record<string, unknown>>): boolean {
  const flags = typeof row.flags === "string" ? row.flags.split(" ") : [];
  const published = row[`${name.replace(/_declared$/, "")}_raw`];
  return name.startsWith("weight_data_type") && flags.includes("no-alias") && row[name] === published;
}
