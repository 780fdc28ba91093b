import { distinctValues } from "../data/group-rows.ts";
import type { Table } from "../data/table.ts";
import { numberText, valueText } from "../wording.ts";

const counted = [
  ["system_name", "systems"],
  ["accelerator", "accelerators"],
  ["benchmark_family", "models"],
  ["submitter", "submitters"],
] as const;

/** Counts of what the selected rows hold. */
export function Tiles({ table, rows }: { table: Table; rows: readonly number[] }) {
  const rounds = distinctValues(table, "round", rows).filter((round) => round !== null);
  const span = [rounds[0], rounds.at(-1)].map((round) => valueText(round ?? null, "round"));
  const own = distinctValues(table, "origin", rows).includes("flexbench")
    ? rows.filter((row) => table.column("origin").values[row] !== "official").length
    : 0;
  return (
    <dl class="tiles">
      <div class="tile">
        <dt>results</dt>
        <dd>
          {numberText(rows.length)}
          {own > 0 && <small>{numberText(own)} not verified by MLCommons</small>}
        </dd>
      </div>
      {counted.map(([name, label]) => (
        <div key={name} class="tile">
          <dt>{label}</dt>
          <dd>{numberText(distinctValues(table, name, rows).filter((value) => value !== null).length)}</dd>
        </div>
      ))}
      <div class="tile">
        <dt>rounds</dt>
        <dd>
          {rounds.length}
          {rounds.length > 1 && <small>{span.join(" to ")}</small>}
        </dd>
      </div>
    </dl>
  );
}
