import type { PartialRow } from "./row.ts";

const columnOfUnit: Readonly<Record<string, "power_w" | "energy_per_query_mj">> = {
  watts: "power_w",
  millijoules: "energy_per_query_mj",
};

/** The column of a published power: watts, or for SingleStream the energy of a query. Null for units of other figures. */
export function powerColumn(unit: string | null | undefined): "power_w" | "energy_per_query_mj" | null {
  return columnOfUnit[unit?.toLowerCase() ?? ""] ?? null;
}

/** A published power in its column; nothing for units of other figures. */
export function powerColumns(value: number, unit: string): PartialRow {
  const column = powerColumn(unit);
  return column === null ? {} : { [column]: value };
}
