import { createHash } from "node:crypto";
import type { PartialRow } from "./row.ts";

/**
 * Names of rows, in their order, that stay the same when a source moves or grows: a hash of what the row is a result of. Rows
 * of one result are told apart by their order.
 */
export function idsOf(rows: readonly PartialRow[]): string[] {
  const seen = new Map<string, number>();
  return rows.map(
    ({ round, submitter_raw, division, suite, platform, benchmark_raw, scenario, result_value }) => {
      const what = JSON.stringify([
        ...[round, submitter_raw, division, suite, platform, benchmark_raw, scenario, result_value],
      ]);
      const occurrence = seen.get(what) ?? 0;
      seen.set(what, occurrence + 1);
      return createHash("sha256").update(`${what}${occurrence}`).digest("hex").slice(0, 16);
    },
  );
}

/** Gives each row its name; rows of an earlier build have theirs. */
export function nameRows(rows: readonly PartialRow[]): void {
  const ids = idsOf(rows);
  for (const [index, row] of rows.entries()) row.id ??= ids[index] ?? null;
}
