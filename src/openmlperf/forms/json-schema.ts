import { columns } from "../columns.ts";
import { columnNames } from "../row.ts";

const jsonTypes = { text: "string", whole: "integer", number: "number", boolean: "boolean" } as const;

/** JSON Schema (draft 2020-12) of one row, which is one line of the JSON lines. */
export function rowSchema(): Record<string, unknown> {
  const properties = columnNames.map((name) => {
    const { type, unit, meaning } = columns[name];
    const isRequired = "required" in columns[name];
    return [
      name,
      {
        type: isRequired ? jsonTypes[type] : [jsonTypes[type], "null"],
        description: unit === null ? meaning : `${meaning} Unit: ${unit}.`,
      },
    ];
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
