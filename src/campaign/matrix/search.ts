import { runDefaults } from "../../config/defaults.ts";
import { readDuration, writeDuration } from "../../config/durations.ts";
import { seededRandom } from "../../dataset/seeded-random.ts";
import { type Cell, named, type Scalar } from "./cell.ts";
import { cellSeconds } from "./estimate.ts";
import type { CellResult } from "./results.ts";
import type { SearchLimits, SearchRange, SearchSettings } from "./search-settings.ts";

/** A round of a search: cells to measure, and which share of the full length each is. */
export interface SearchRound {
  number: number;
  cells: Cell[];
  /** Of the full duration, 0 to 1. */
  share: number;
}

/** Settings of a server that a search tries. */
export type Candidate = Record<string, Scalar>;

const leastDurationNs = 1e9;

/**
 * The first round of a search over settings of a server, for one combination of the axes. Random search measures as many
 * candidates as the budget pays for. Successive halving (Jamieson and Talwalkar, 2016) begins with more of them for a part
 * of the time, and each round keeps one of `keepOneOf` and gives it so many times as long.
 */
export function firstRound(cell: Cell, settings: SearchSettings): SearchRound {
  const fullRuns =
    "runs" in settings.budget
      ? settings.budget.runs
      : Math.max(1, Math.floor(settings.budget.timeNs / 1e9 / cellSeconds(cell)));
  const rounds = settings.method === "random" ? 1 : settings.rounds;
  const share = settings.keepOneOf ** (1 - rounds);
  // Every round costs about the same: candidates × share.
  const count = Math.max(
    settings.method === "random" ? 1 : settings.keepOneOf ** (rounds - 1),
    Math.floor(fullRuns / rounds / share),
  );
  const candidates = drawCandidates(settings, count);
  return { number: 1, share, cells: candidates.map((candidate) => withCandidate(cell, candidate, share)) };
}

/** The next round, with the best of the one before; null when that was the last. */
export function nextRound(
  cell: Cell,
  before: SearchRound,
  results: readonly CellResult[],
  settings: SearchSettings,
): SearchRound | null {
  if (settings.method === "random" || before.number >= settings.rounds) return null;
  const ranked = rank(results, settings);
  const kept = ranked.slice(0, Math.max(1, Math.floor(before.cells.length / settings.keepOneOf)));
  const share = Math.min(1, before.share * settings.keepOneOf);
  const cells = kept.flatMap((result) => {
    const candidate = before.cells.find(({ id }) => id === result.cell)?.server?.options;
    return candidate === undefined ? [] : [withCandidate(cell, onlySearched(candidate, settings), share)];
  });
  return cells.length === 0 ? null : { number: before.number + 1, share, cells };
}

/** Results from the best on: those within the limits first, then by the objective; what was not measured is left out. */
export function rank(results: readonly CellResult[], { objective, limits }: SearchSettings): CellResult[] {
  const score = ({ figures }: CellResult): number =>
    objective === "cheapest"
      ? -(figures.costPerMillionTokens ?? Number.POSITIVE_INFINITY)
      : (figures.tokensPerSecond ?? 0);
  return results
    .filter(({ runs }) => runs > 0)
    .toSorted(
      (one, other) => Number(keeps(other, limits)) - Number(keeps(one, limits)) || score(other) - score(one),
    );
}

/** Whether a result is VALID and within the limits of the search. */
export function keeps({ figures, valid, runs }: CellResult, limits: SearchLimits): boolean {
  const within = (value: number | null, limit: number | null): boolean =>
    limit === null || (value !== null && value <= limit);
  return (
    valid === runs &&
    within(figures.ttftP99Ns, limits.ttftP99Ns) &&
    within(figures.tpotP99Ns, limits.tpotP99Ns) &&
    within(figures.latencyP99Ns, limits.latencyP99Ns) &&
    (limits.tokensPerSecond === null || (figures.tokensPerSecond ?? 0) >= limits.tokensPerSecond)
  );
}

/** Different candidates, drawn by the seed; fewer where the space holds fewer. */
export function drawCandidates({ space, seed }: SearchSettings, count: number): Candidate[] {
  const random = seededRandom(seed, 0);
  const drawn = new Map<string, Candidate>();
  for (let attempt = 0; drawn.size < count && attempt < count * 50; attempt += 1) {
    const candidate = Object.fromEntries(
      Object.entries(space).map(([name, range]) => [name, valueIn(range, random())]),
    );
    drawn.set(JSON.stringify(candidate), candidate);
  }
  return [...drawn.values()];
}

function valueIn(range: SearchRange, share: number): Scalar {
  if (range.kind === "list") return range.values[Math.floor(share * range.values.length)] ?? "";
  const { from, to, scale, whole } = range;
  const value = scale === "log" ? from * (to / from) ** share : from + share * (to - from);
  return whole ? Math.round(value) : value;
}

/** The cell with other settings of its server, for a share of its time. */
function withCandidate(cell: Cell, candidate: Candidate, share: number): Cell {
  const { id: _, server, labels, run, ...rest } = cell;
  return named({
    ...rest,
    labels: {
      ...labels,
      ...Object.fromEntries(Object.entries(candidate).map(([name, value]) => [name, String(value)])),
    },
    run: share === 1 ? run : { ...run, ...shortened(run, share) },
    server: server === null ? null : { ...server, options: { ...server.options, ...candidate } },
  });
}

/** Duration and least queries of a part of the time. */
function shortened(run: Record<string, unknown>, share: number): Record<string, unknown> {
  const reading = readDuration(String(run.duration ?? ""));
  const durationNs = "ns" in reading ? reading.ns : runDefaults.duration;
  const queries =
    typeof run.minQueries === "number" ? { minQueries: Math.max(1, Math.round(run.minQueries * share)) } : {};
  return { duration: writeDuration(Math.max(leastDurationNs, Math.round(durationNs * share))), ...queries };
}

function onlySearched(options: Record<string, unknown>, { space }: SearchSettings): Candidate {
  return Object.fromEntries(Object.keys(space).map((name) => [name, options[name] as Scalar]));
}
