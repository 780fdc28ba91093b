import { describeColumn, type Table, type TableColumn, type Value } from "./table.ts";

/** The rows of several tables after each other; a row whose id an earlier one has is left out. */
export async function joinTables(tables: readonly Table[]): Promise<Table> {
  const [only] = tables;
  if (only !== undefined && tables.length === 1) return only;
  await Promise.all(tables.map((table) => table.load(["id"])));
  const places: { table: Table; row: number }[] = [];
  const ids = new Set<Value>();
  for (const table of tables)
    table.column("id").values.forEach((id, row) => {
      if (ids.has(id)) return;
      ids.add(id);
      places.push({ table, row });
    });
  const columnNames = [...new Set(tables.flatMap((table) => table.columnNames))];
  const joined = new Map<string, TableColumn>();
  const isLoaded = (name: string) => tables.every((table) => table.isLoaded(name));
  return {
    rowCount: places.length,
    columnNames,
    has: (name) => columnNames.includes(name),
    isLoaded,
    load: async (names) => {
      await Promise.all(tables.map((table) => table.load(names)));
    },
    column: (name) => {
      const known = joined.get(name);
      if (known !== undefined) return known;
      const parts = new Map(tables.map((table) => [table, table.column(name).values]));
      const values = places.map(({ table, row }) => parts.get(table)?.[row] ?? null);
      const column = { name, ...describeColumn(name), values };
      if (isLoaded(name)) joined.set(name, column);
      return column;
    },
  };
}
