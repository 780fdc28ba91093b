import { type Cell, named } from "./cell.ts";
import { startSecondsOf } from "./estimate.ts";
import type { SearchSettings } from "./search-settings.ts";
import { type Candidate, drawCandidates, sizeOf } from "./search-space.ts";
import { type ShortenedMeasure, shortenedMeasure } from "./shortened-measure.ts";

/** One round of a search, before it begins. */
export interface PlannedRound {
  /** From 1. */
  number: number;
  /** Of the full time, as it is asked for; what becomes of it stands in `measure`. */
  share: number;
  measure: ShortenedMeasure;
  candidates: number;
  /** Of one candidate, all its repeats, in full runs. */
  fullRuns: number;
  /** Of one candidate, the start of its server included, s. */
  seconds: number;
}

/** What a search does for one combination of the axes, and what it costs at the most. */
export interface SearchPlan {
  rounds: PlannedRound[];
  /** What the first round tries. */
  candidates: Candidate[];
  /** Time of all its tests, in full ones. */
  fullRuns: number;
  /** Estimated, one after the other, s. */
  seconds: number;
}

/** The budget is too small for any search, and the least that is not. */
export interface BudgetTooSmall {
  least: { runs: number; seconds: number };
}

/** One setting alone is no search. */
const fewestCandidates = 2;

/**
 * Plans a search so that its rounds, and with a budget of time the starts of servers too, stay within the budget. All of a
 * small space is measured in full where that is paid for. Else successive halving (Jamieson and Talwalkar, 2016) begins with
 * many candidates for a part of the time, and each round keeps one of `keepOneOf` and gives it so many times as long; it has
 * fewer rounds than asked where the budget does not pay for them, or where their tests could not be any shorter. Random
 * search is one round of full length.
 */
export function planSearch(cell: Cell, settings: SearchSettings): SearchPlan | BudgetTooSmall {
  const size = sizeOf(settings.space);
  const whole = roundsFor(cell, settings, 1);
  const [full] = whole ?? [];
  if (whole === null || full === undefined) throw new Error("a single round is never refused");
  const fewest = Math.min(size, fewestCandidates);
  const most = settings.method === "random" ? 1 : settings.rounds;
  const all = costOf(whole, size, settings) <= limitOf(settings) ? 1 : most;
  for (let count = all; count >= 1; count -= 1) {
    const rounds = roundsFor(cell, settings, count);
    if (rounds === null) continue;
    const candidates = mostCandidates(rounds, size, settings);
    if (candidates >= (count === 1 ? fewest : settings.keepOneOf ** (count - 1)))
      return planOf(rounds, candidates, settings);
  }
  return { least: { runs: fewest * full.fullRuns, seconds: fewest * full.seconds } };
}

/** What of a plan is left to be paid for: the rounds with so many candidates in the first of them. */
export function candidatesIn(
  rounds: readonly PlannedRound[],
  first: number,
  keepOneOf: number,
): PlannedRound[] {
  return rounds.map((round, index) => ({
    ...round,
    candidates: Math.max(1, Math.floor(first / keepOneOf ** index)),
  }));
}

function planOf(rounds: readonly PlannedRound[], first: number, settings: SearchSettings): SearchPlan {
  const candidates = drawCandidates(settings, first);
  const planned = candidatesIn(rounds, candidates.length, settings.keepOneOf);
  const sum = (costs: (round: PlannedRound) => number) =>
    planned.reduce((before, round) => before + round.candidates * costs(round), 0);
  return {
    ...{ rounds: planned, candidates },
    fullRuns: sum(({ fullRuns }) => fullRuns),
    seconds: sum(({ seconds }) => seconds),
  };
}

/** Rounds of a search with so many of them; null where two of them would be the same measurement. */
function roundsFor(cell: Cell, { keepOneOf }: SearchSettings, count: number): PlannedRound[] | null {
  const rounds = Array.from({ length: count }, (_, index): PlannedRound => {
    const share = keepOneOf ** (index + 1 - count);
    const measure = shortenedMeasure(cell, share);
    const seconds = measure.seconds + (startSecondsOf(cell) ?? 0);
    const fullRuns = measure.share * cell.wishes.length;
    return { number: index + 1, share, measure, candidates: 0, fullRuns, seconds };
  });
  const { id: _, ...unnamed } = cell;
  const names = rounds.map(({ measure: { run, measure } }) => named({ ...unnamed, run, measure }).id);
  return new Set(names).size === count ? rounds : null;
}

function mostCandidates(rounds: readonly PlannedRound[], size: number, settings: SearchSettings): number {
  let most = 0;
  while (most < size && costOf(rounds, most + 1, settings) <= limitOf(settings)) most += 1;
  return most;
}

function costOf(rounds: readonly PlannedRound[], first: number, settings: SearchSettings): number {
  if (!Number.isFinite(first)) return Number.POSITIVE_INFINITY;
  return candidatesIn(rounds, first, settings.keepOneOf).reduce(
    (sum, { candidates, fullRuns, seconds }) =>
      sum + candidates * ("runs" in settings.budget ? fullRuns : seconds),
    0,
  );
}

/** Full tests, or seconds; sums of shares such as 1/9 are a little off. */
function limitOf({ budget }: SearchSettings): number {
  return "runs" in budget ? budget.runs + 1e-9 : budget.timeNs / 1e9;
}
