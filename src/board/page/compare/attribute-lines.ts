import { type ColumnGroup, type ColumnName, columns } from "../../../openmlperf/columns.ts";
import { distinctValues } from "../data/group-rows.ts";
import type { Table } from "../data/table.ts";
import { columnTitle, valueText } from "../wording.ts";
import type { ComparedSystem } from "./compared-systems.ts";
import { type AttributeLine, unknownSign } from "./difference-table.tsx";

const groups: readonly ColumnGroup[] = ["submission", "system", "software", "features"];
const alsoShown: readonly ColumnName[] = ["origin", "round", "weight_data_type"];
const featuresOfModels =
  /^(layers|hidden|attention|kv_|head|experts|mean_|bytes_|weights_|peak_tflops|roofline)/;

/** Attributes of systems that are compared: who, what hardware, what software. */
export const attributeColumns = (Object.keys(columns) as ColumnName[]).filter(
  (name) =>
    alsoShown.includes(name) ||
    (groups.includes(columns[name].group) && !featuresOfModels.test(name) && !name.endsWith("_raw")),
);

/** Attributes of systems as the dataset tells them. */
export function attributeLines(table: Table, systems: readonly ComparedSystem[]): AttributeLine[] {
  return attributeColumns.map((name) => ({
    title: columnTitle(name),
    meaning: columns[name].meaning,
    texts: systems.map(({ rows }) =>
      distinctValues(table, name, rows)
        .map((value) => (value === null ? unknownSign : valueText(value, name)))
        .join("; "),
    ),
  }));
}
