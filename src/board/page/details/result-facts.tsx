import { type ColumnGroup, type ColumnName, columns } from "../../../openmlperf/columns.ts";
import type { Table, Value } from "../data/table.ts";
import { useColumns } from "../data/use-columns.ts";
import { columnLabel, shownUnit, valueText } from "../wording.ts";

const groups: readonly ColumnGroup[] = [
  "result",
  "latency",
  "benchmark",
  "submission",
  "system",
  "software",
  "model",
  "accuracy",
  "power",
  "run settings",
  "features",
  "identity",
  "provenance",
];

/** All values of one row by group, with links to where they come from. */
export function ResultFacts({ table, row }: { table: Table; row: number }) {
  if (!useColumns(table, table.columnNames)) return <p role="status">Reading …</p>;
  const at = (name: string): Value => table.column(name).values[row] ?? null;
  const words = (name: string) => valueText(at(name), name);
  const links = [
    { name: "Published result", url: at("details_url") },
    { name: "Code", url: at("code_url") },
    { name: "Source", url: at("source_url") },
  ].filter(({ url }) => typeof url === "string" && /^https?:/.test(url));
  return (
    <>
      <p class="headline">
        {words("system_name")} <span class="soft">({words("submitter")})</span>
      </p>
      <p>
        {words("benchmark")}, {words("scenario")}:{" "}
        <strong>
          {words("result_value")} {words("result_unit")}
        </strong>
      </p>
      <p class="soft">
        {at("origin") === "official"
          ? `Official, published by MLCommons in round ${words("round")}, ${words("division")} division, ${words("availability")}.`
          : "Not verified by MLCommons."}
        {at("duplicate_of") !== null && ` The same measurement as another row: ${words("duplicate_reason")}`}
      </p>
      <p class="links">
        {links.map(({ name, url }) => (
          <a key={name} href={String(url)} target="_blank" rel="noreferrer">
            {name}
          </a>
        ))}
        {links.length === 0 && `From ${words("source_file")}, row ${words("source_row")}.`}
      </p>
      {groups.map((group) => (
        <FactGroup key={group} title={group} at={at} />
      ))}
    </>
  );
}

function FactGroup({ title, at }: { title: ColumnGroup; at: (name: string) => Value }) {
  const names = (Object.keys(columns) as ColumnName[]).filter(
    (name) => columns[name].group === title && at(name) !== null,
  );
  if (names.length === 0) return null;
  return (
    <section>
      <h3>{title}</h3>
      <dl class="facts">
        {names.map((name) => (
          <div key={name}>
            <dt title={columns[name].meaning}>{columnLabel(name)}</dt>
            <dd>
              {valueText(at(name), name)}
              {typeof at(name) === "number" && shownUnit(name).unit !== null && ` ${shownUnit(name).unit}`}
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
