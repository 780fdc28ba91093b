import { distinctValues } from "../data/group-rows.ts";
import type { Table } from "../data/table.ts";
import { columnLabel, valueText } from "../wording.ts";
import { isOwnRun } from "./own-runs.ts";

/** What MLPerf does not compare: rows that differ here are told apart or warned of. */
const apart = ["origin", "division", "scenario", "benchmark", "round", "availability"];

/** Of these a run of one's own always has a value that can be compared. */
const columnsOfRuns = new Set(["origin", "scenario"]);

const mostNamed = 4;

/** What rows mix without the chart telling it apart, in one sentence for each; empty where they may be compared. */
export function mixedWords(table: Table, rows: readonly number[], toldApart: readonly string[]): string[] {
  const told = new Set(toldApart);
  if (told.has("benchmark_family")) told.add("benchmark");
  return apart
    .filter((name) => !told.has(name))
    .flatMap((name) => {
      // That a run of one's own has no round is told by its origin.
      const asked = columnsOfRuns.has(name) ? rows : rows.filter((row) => !isOwnRun(table, row));
      const values = distinctValues(table, name, asked);
      if (values.length < 2) return [];
      const named = values.slice(0, mostNamed).map((value) => valueText(value, name));
      const rest = values.length - named.length;
      return [`${columnLabel(name)} (${named.join(", ")}${rest > 0 ? ` and ${rest} more` : ""})`];
    });
}

/** Warns of rows that MLPerf does not compare and that the picture puts together. */
export function MixedNotice({ words }: { words: readonly string[] }) {
  if (words.length === 0) return null;
  return (
    <p class="mixed" role="note">
      <strong>Not comparable as it stands:</strong> this mixes {words.join("; ")}. Filter, or tell them apart
      by colour or facet.
    </p>
  );
}
