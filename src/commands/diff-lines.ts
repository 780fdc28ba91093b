import type { DatasetDiff } from "../openmlperf/diff-datasets.ts";
import type { Row } from "../openmlperf/row.ts";

/** Option of commands that print a difference. */
export const linesOption = {
  type: "number",
  default: 20,
  requiresArg: true,
  describe: "Most lines of the difference to print",
} as const;

/** A difference of two datasets, a line a row or a changed value, at most so many; the last line counts. */
export function diffLines({ added, removed, changed }: DatasetDiff, most: number): string[] {
  const lines = [
    ...added.map((row) => `+ ${nameOf(row)}`),
    ...removed.map((row) => `- ${nameOf(row)}`),
    ...changed.flatMap(({ id, changes }) =>
      changes.map(({ column, from, to }) => `~ ${id}  ${column}: ${from ?? "–"} → ${to ?? "–"}`),
    ),
  ];
  const left = lines.length - most;
  return [
    ...lines.slice(0, most),
    ...(left > 0 ? [`… and ${left} more: --lines ${lines.length} shows all`] : []),
    `${added.length} rows added, ${removed.length} removed, ${changed.length} changed`,
  ];
}

function nameOf(row: Row): string {
  const { id, round, submitter, platform, benchmark, scenario, result_value, result_unit } = row;
  const words = [round, submitter, platform, benchmark, scenario].filter((word) => word !== null);
  return `${id}  ${words.join(" · ")}: ${result_value} ${result_unit}`;
}
