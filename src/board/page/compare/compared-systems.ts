import { compareValues, groupRows } from "../data/group-rows.ts";
import { numberAt } from "../data/measures.ts";
import type { Table } from "../data/table.ts";
import { valueText } from "../wording.ts";

/** Columns that tell one compared system from another, also those with which its address is made. */
export const systemColumns = [
  "id",
  "system_name",
  "submitter",
  "round",
  "published_on",
  "division",
  "origin",
  "accelerator",
  "accelerators_total",
];

/** What tells one official system from another: what is submitted once has several sizes. */
const namesOfSystem = ["system_name", "submitter", "round", "division", "accelerators_total"];

/** One system of one submitter in one round and division with its results, or one run of one's own. */
export interface ComparedSystem {
  /** Its name in the address. */
  key: string;
  label: string;
  rows: readonly number[];
}

/** Systems of some rows, by their keys. */
export function systemsOf(table: Table, rows: readonly number[]): Map<string, ComparedSystem> {
  const at = (name: string, row: number) => table.column(name).values[row] ?? null;
  const groups = new Map<string, number[]>();
  for (const row of rows) {
    const names = at("origin", row) === "official" ? namesOfSystem : ["id"];
    const key = names.map((name) => at(name, row) ?? "").join("|");
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [row]);
    else group.push(row);
  }
  return new Map(
    [...groups].map(([key, ofSystem]) => {
      const [row = 0] = ofSystem;
      const words = (name: string) => valueText(at(name, row), name);
      const place =
        at("origin", row) === "official"
          ? `${words("submitter")}, ${words("accelerators_total")} × ${words("accelerator")}, ${words("round")} ${words("division")}`
          : `${words("benchmark")} ${words("scenario")}, ${words("published_on")}; own run, not verified by MLCommons`;
      return [key, { key, label: `${words("system_name")} (${place})`, rows: ofSystem }];
    }),
  );
}

/** Two systems to begin with: of the latest round, one with the most results and one with other accelerators and much in common. */
export function exampleSystems(table: Table, systems: ReadonlyMap<string, ComparedSystem>): ComparedSystem[] {
  const accelerator = (system: ComparedSystem) => table.column("accelerator").values[system.rows[0] ?? 0];
  const rows = [...systems.values()].flatMap((system) => system.rows);
  const latest = [...groupRows(table, "round", rows).keys()]
    .filter((round) => round !== null)
    .sort(compareValues)
    .at(-1);
  const candidates = [...systems.values()]
    .filter((system) => table.column("round").values[system.rows[0] ?? 0] === (latest ?? null))
    .sort((a, b) => b.rows.length - a.rows.length);
  const [first] = candidates;
  if (first === undefined) return [];
  const ofFirst = kindsOf(table, first);
  const shared = (system: ComparedSystem) =>
    [...kindsOf(table, system)].filter((kind) => ofFirst.has(kind)).length;
  const [second = candidates[1]] = candidates
    .filter((system) => accelerator(system) !== accelerator(first))
    .sort((a, b) => shared(b) - shared(a));
  return second === undefined ? [first] : [first, second];
}

/** Whether any result of a system has a figure. */
export function hasFigure(table: Table, { rows }: ComparedSystem, measure: string): boolean {
  return rows.some((row) => numberAt(table, measure, row) !== null);
}

/** Benchmarks and scenarios that a system has results of. */
function kindsOf(table: Table, { rows }: ComparedSystem): Set<string> {
  const at = (name: string, row: number) => table.column(name).values[row];
  return new Set(rows.map((row) => `${at("benchmark", row)} ${at("scenario", row)}`));
}
