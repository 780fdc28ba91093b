import type { Row } from "../openmlperf/row.ts";

/** When rounds were published, as years with fractions, for datasets that do not tell the day. */
const timeOfRound: Readonly<Record<string, number>> = {
  ...{ "v4.0": 2024.24, "v4.1": 2024.66, "v5.0": 2025.25, "v5.1": 2025.69, "v6.0": 2026.25 },
};
/** Two rounds a year come out: the first of a main version in spring. */
const firstVersion = { version: 6, time: 2026.25 } as const;
const roundYears = 0.5;

/** The time of a result as a year with fraction: its day of publication, else its round's; null where neither tells. */
export function timeOfRow({ round, published_on: day }: Pick<Row, "round" | "published_on">): number | null {
  const ms = Date.parse(day ?? "");
  if (!Number.isNaN(ms)) return 1970 + ms / 31_556_952_000;
  if (round === null) return null;
  return timeOfRound[round] ?? paceTime(round);
}

/** The time of a round that the table does not hold, by the pace of two a year. */
function paceTime(round: string): number | null {
  const [, version, minor] = /^v(\d+)\.(\d+)$/.exec(round) ?? [];
  if (version === undefined || minor === undefined) return null;
  return firstVersion.time + Number(version) - firstVersion.version + Number(minor) * roundYears;
}
