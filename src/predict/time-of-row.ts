import type { Row } from "../openmlperf/row.ts";

/** Two rounds a year come out: the first of a main version in spring. */
const firstVersion = { version: 6, time: 2026.25 } as const;
const roundYears = 0.5;

/**
 * The time of a result as a year with fraction: its day of publication, else that of its round, else by the pace of rounds;
 * null where nothing tells. `publicationDays` has the rounds that are known.
 */
export function timeOfRow(
  { round, published_on: day }: Pick<Row, "round" | "published_on">,
  publicationDays: ReadonlyMap<string, string>,
): number | null {
  const ms = Date.parse(day ?? publicationDays.get(round ?? "") ?? "");
  if (!Number.isNaN(ms)) return 1970 + ms / 31_556_952_000;
  return round === null ? null : paceTime(round);
}

/** The time of a round that the table does not hold, by the pace of two a year. */
function paceTime(round: string): number | null {
  const [, version, minor] = /^v(\d+)\.(\d+)$/.exec(round) ?? [];
  if (version === undefined || minor === undefined) return null;
  return firstVersion.time + Number(version) - firstVersion.version + Number(minor) * roundYears;
}
