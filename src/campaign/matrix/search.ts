import { type Cell, named } from "./cell.ts";
import type { CellResult } from "./results.ts";
import { excessOf, keeps, scoreOf } from "./search-limits.ts";
import { candidatesIn, type PlannedRound, planSearch, type SearchPlan } from "./search-plan.ts";
import type { SearchSettings } from "./search-settings.ts";
import type { Candidate } from "./search-space.ts";

/** A round of a search: cells to measure, and which share of the full length each is. */
export interface SearchRound {
  number: number;
  /** Rounds as planned. */
  of: number;
  cells: Cell[];
  /** Of the full duration, above 0 up to 1. */
  share: number;
}

/** The plan of a search for one combination of the axes; a budget that pays for none was refused before it began. */
function planOf(cell: Cell, settings: SearchSettings): SearchPlan {
  const plan = planSearch(cell, settings);
  if ("least" in plan) throw new Error("a search that cannot be paid for was begun");
  return plan;
}

/** The first round of a search over settings of a server, for one combination of the axes; see `planSearch`. */
export function firstRound(cell: Cell, settings: SearchSettings): SearchRound {
  const { rounds, candidates } = planOf(cell, settings);
  const [first] = rounds;
  if (first === undefined) throw new Error("a search has a round");
  return roundOf(
    cell,
    first,
    rounds.length,
    candidates.map((candidate, index) => ({ candidate, number: index + 1 })),
  );
}

/**
 * The next round, with the best of the one before; null when that was the last, or when what was measured so far has used up
 * the time. `spent` holds the results of all rounds so far: starts that took longer than was planned leave time for fewer
 * candidates.
 */
export function nextRound(
  cell: Cell,
  before: SearchRound,
  spent: readonly CellResult[],
  settings: SearchSettings,
): SearchRound | null {
  const { rounds } = planOf(cell, settings);
  const own = new Set(before.cells.map(({ id }) => id));
  const ranked = rank(
    spent.filter(({ cell: id }) => own.has(id)),
    settings,
  );
  const left = rounds.slice(before.number);
  if (left.length === 0 || ranked.length === 0) return null;
  const [next] = stillPaidFor(left, rounds[before.number - 1], before, spent, settings);
  if (next === undefined) return null;
  const kept = ranked.slice(0, next.candidates).flatMap((result) => {
    const place = before.cells.find(({ id }) => id === result.cell)?.search ?? null;
    return place === null ? [] : [{ candidate: place.settings, number: place.candidate }];
  });
  return roundOf(cell, next, rounds.length, kept);
}

/**
 * Results from the best on: those within the limits, then those that miss them by least; by the objective where that is the
 * same. Whether LoadGen calls a test VALID counts in full ones alone: a short one may have too few queries for it. What was
 * not measured is left out.
 */
export function rank(results: readonly CellResult[], settings: SearchSettings): CellResult[] {
  const { objective, limits } = settings;
  const isWhole = (result: CellResult) => (result.search?.share ?? 1) === 1;
  const standing = (result: CellResult) => (isWhole(result) && !keeps(result, limits) ? 1 : 0);
  return results
    .filter(({ runs }) => runs > 0)
    .toSorted(
      (one, other) =>
        standing(one) - standing(other) ||
        orderOf(excessOf(one, limits), excessOf(other, limits)) ||
        orderOf(scoreOf(other, objective), scoreOf(one, objective)),
    );
}

/** Ascending; two that are both infinite are alike. */
function orderOf(one: number, other: number): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}

/**
 * How many cells of a round the time pays for, of which `done` are measured, with all rounds that are to follow. Whoever
 * measures a round in parts asks before each part, so that slow starts of servers do not use up the budget.
 */
export function cellsPaidFor(
  cell: Cell,
  round: SearchRound,
  done: readonly CellResult[],
  spent: readonly CellResult[],
  settings: SearchSettings,
): number {
  const { budget, keepOneOf } = settings;
  if ("runs" in budget || done.length === 0) return round.cells.length;
  const { rounds } = planOf(cell, settings);
  const each = meanSeconds(done);
  const later = Math.max(0, each - (rounds[round.number - 1]?.seconds ?? 0));
  const remaining = secondsLeft(budget.timeNs, spent);
  for (let count = round.cells.length; count > done.length; count -= 1) {
    const following = candidatesIn(rounds.slice(round.number - 1), count, keepOneOf).slice(1);
    if ((count - done.length) * each + costOf(following, later) <= remaining) return count;
  }
  return done.length;
}

/**
 * The rounds that are left, with as many candidates as the time still pays for; without the middle ones, or none, where it
 * pays for less. A budget of runs is kept by the plan alone.
 */
function stillPaidFor(
  left: readonly PlannedRound[],
  done: PlannedRound | undefined,
  before: SearchRound,
  spent: readonly CellResult[],
  { budget, keepOneOf }: SearchSettings,
): readonly PlannedRound[] {
  const [next] = left;
  if ("runs" in budget || done === undefined || next === undefined) return left;
  const own = new Set(before.cells.map(({ id }) => id));
  const each = meanSeconds(spent.filter(({ cell }) => own.has(cell)));
  const later = Math.max(0, each - done.seconds);
  const remaining = secondsLeft(budget.timeNs, spent);
  const most = Math.max(1, Math.floor(before.cells.length / keepOneOf));
  for (let skipped = 0; skipped < left.length; skipped += 1) {
    const rounds = left.slice(skipped);
    for (let count = Math.min(most, rounds[0]?.candidates ?? 0); count >= 1; count -= 1) {
      const planned = candidatesIn(rounds, count, keepOneOf);
      if (costOf(planned, later) <= remaining) return planned;
    }
  }
  return [];
}

function meanSeconds(results: readonly CellResult[]): number {
  return results.reduce((sum, { seconds }) => sum + seconds, 0) / results.length;
}

function secondsLeft(budgetNs: number, spent: readonly CellResult[]): number {
  return budgetNs / 1e9 - spent.reduce((sum, { seconds }) => sum + seconds, 0);
}

/** Time of rounds as planned, with what each candidate takes beyond its plan, s. */
function costOf(rounds: readonly PlannedRound[], beyondPlan: number): number {
  return rounds.reduce((sum, { candidates, seconds }) => sum + candidates * (seconds + beyondPlan), 0);
}

function roundOf(
  cell: Cell,
  { number, share, measure }: PlannedRound,
  of: number,
  candidates: readonly { candidate: Candidate; number: number }[],
): SearchRound {
  const cells = candidates.map(({ candidate, number: candidateNumber }) =>
    candidateCell({ ...cell, run: measure.run, measure: measure.measure }, candidate, {
      ...{ combination: cell.id, candidate: candidateNumber, settings: candidate },
      ...{ round: number, rounds: of, share },
    }),
  );
  return { number, of, share, cells };
}

/** The cell with other settings of its server. */
export function candidateCell(cell: Cell, candidate: Candidate, search: Cell["search"]): Cell {
  const { id: _, server, labels, ...rest } = cell;
  const words = Object.entries(candidate).map(([name, value]) => [name, String(value)]);
  return named({
    ...{ ...rest, search, labels: { ...labels, ...Object.fromEntries(words) } },
    server: server === null ? null : { ...server, options: { ...server.options, ...candidate } },
  });
}
