import { columns } from "../../../openmlperf/columns.ts";
import type { Table } from "../data/table.ts";
import { columnTitle } from "../wording.ts";

/** Which columns a table shows, to be ticked by group. */
export function ColumnChooser(props: {
  table: Table;
  shown: readonly string[];
  choose: (names: readonly string[]) => void;
}) {
  const { table, shown, choose } = props;
  const groups = new Map<string, string[]>();
  for (const name of table.columnNames) {
    const group = Object.hasOwn(columns, name) ? columns[name as keyof typeof columns].group : "other";
    groups.set(group, [...(groups.get(group) ?? []), name]);
  }
  const toggle = (name: string, isTicked: boolean) =>
    choose(table.columnNames.filter((each) => (each === name ? isTicked : shown.includes(each))));
  return (
    <details class="chooser">
      <summary>
        Columns ({shown.length} of {table.columnNames.length})
      </summary>
      <div class="editor">
        {[...groups].map(([group, names]) => (
          <fieldset key={group}>
            <legend>{group}</legend>
            <div class="choices">
              {names.map((name) => (
                <label key={name}>
                  <input
                    type="checkbox"
                    checked={shown.includes(name)}
                    onChange={({ currentTarget }) => toggle(name, currentTarget.checked)}
                  />{" "}
                  {columnTitle(name)}
                </label>
              ))}
            </div>
          </fieldset>
        ))}
      </div>
    </details>
  );
}
