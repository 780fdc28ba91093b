import type { z } from "zod";
import { closestName } from "./closest-name.ts";
import { oneOrSeveralPairs } from "./run-values.ts";

/** What a column of a dataset can stand for. */
export const columnRoles = ["input", "output", "system", "messages", "token-ids", "max-tokens"] as const;

/** What a column stands for, as `--column` calls it. */
export type ColumnRole = (typeof columnRoles)[number];

/** Columns by role: `input=question,output=response`, a list of such texts, or a mapping in a file. */
export const columns: z.ZodType<Partial<Record<ColumnRole, string>>> = oneOrSeveralPairs.transform(
  (given, context) => {
    const columnsByRole: Partial<Record<ColumnRole, string>> = {};
    for (const [name, column] of Object.entries(given)) {
      const role = columnRoles.find((candidate) => candidate === name);
      if (role !== undefined && column.trim() !== "") columnsByRole[role] = column.trim();
      else context.issues.push({ code: "custom", input: given, message: columnProblem(name, role) });
    }
    return columnsByRole;
  },
);

function columnProblem(name: string, role: ColumnRole | undefined): string {
  if (role !== undefined) return `${role} needs the name of a column`;
  const meant = closestName(name, columnRoles);
  const question = meant === null ? "" : `; did you mean ${meant}?`;
  return `"${name}" is nothing that a column can be; it can be ${columnRoles.join(", ")}${question}`;
}
