import { type ColumnGroup, type ColumnName, columns } from "../../../openmlperf/columns.ts";
import { distinctValues } from "../data/group-rows.ts";
import type { Table } from "../data/table.ts";
import { columnTitle, valueText } from "../wording.ts";
import type { ComparedSystem } from "./compared-systems.ts";

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

/** Attributes side by side; those that differ are marked by a sign and by colour. */
export function AttributeTable(props: {
  table: Table;
  systems: readonly ComparedSystem[];
  isOnlyDifferences: boolean;
}) {
  const { table, systems, isOnlyDifferences } = props;
  const lines = attributeColumns
    .map((name) => {
      const texts = systems.map(({ rows }) =>
        distinctValues(table, name, rows)
          .map((value) => (value === null ? "–" : valueText(value, name)))
          .join("; "),
      );
      return { name, texts, differs: new Set(texts).size > 1 };
    })
    .filter(({ texts, differs }) => (isOnlyDifferences ? differs : texts.some((text) => text !== "–")));
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard.
    <section class="scroll" tabIndex={0} aria-label="Attributes">
      <table class="attributes">
        <caption>Attributes; ≠ marks what differs</caption>
        <thead>
          <tr>
            <th scope="col">attribute</th>
            {systems.map(({ key, label }) => (
              <th key={key} scope="col">
                {label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {lines.map(({ name, texts, differs }) => (
            <tr key={name} class={differs && !isOnlyDifferences ? "differs" : undefined}>
              <th scope="row" title={columns[name].meaning}>
                {differs ? "≠ " : ""}
                {columnTitle(name)}
              </th>
              {texts.map((text, place) => (
                <td key={systems[place]?.key}>{text}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
