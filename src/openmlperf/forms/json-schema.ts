import * as z from "zod";
import { columns } from "../columns.ts";
import { columnNames } from "../row.ts";
import { columnSchema, isRequired } from "../row-schema.ts";

/** JSON Schema (draft 2020-12) of one row, which is one line of the JSON lines; it holds what `dataset validate` checks of a value. */
export function rowJsonSchema(): Record<string, unknown> {
  const properties = columnNames.map((name) => {
    const { unit, meaning } = columns[name];
    const { $schema: _, ...known } = z.toJSONSchema(columnSchema(name));
    const description = unit === null ? meaning : `${meaning} Unit: ${unit}.`;
    return [name, { ...(isRequired(name) ? known : orNull(known)), description }];
  });
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "A row of the Open MLPerf dataset",
    type: "object",
    properties: Object.fromEntries(properties),
    required: columnNames,
    additionalProperties: false,
  };
}

function orNull(known: z.core.JSONSchema.BaseSchema): Record<string, unknown> {
  const words = known.enum === undefined ? {} : { enum: [...known.enum, null] };
  return { ...known, ...words, type: [known.type, "null"] };
}
