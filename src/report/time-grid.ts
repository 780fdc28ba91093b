import { percentile, sortValues } from "../metrics/distribution.ts";
import { at, extent } from "../metrics/requests.ts";
import type { Timeline } from "../sut/timeline.ts";

/** Equal steps of time that cover a test. */
export interface TimeGrid {
  stepNs: number;
  steps: number;
  /** How much of each step lies in the test, ns; the last one is seldom whole. */
  lengthNsOf(step: number): number;
  /** Middle of each step, s after the start of the test. */
  secondsOf(step: number): number;
}

const mostSteps = 240;
const fewestSteps = 30;
/** Fewer in a step would show chance rather than load. */
const requestsInStep = 8;

/**
 * A grid whose steps are 1, 2 or 5 times a power of ten long, from the start of the test to its last answer: at most 240
 * of them, and fewer where there are few requests.
 */
export function timeGridOf(timeline: Timeline): TimeGrid {
  const { completedNs, scheduledNs } = timeline.columns;
  const lengthNs = Math.max(0, extent(completedNs).last, extent(scheduledNs).last);
  const wanted = Math.min(mostSteps, Math.max(fewestSteps, timeline.length / requestsInStep));
  const stepNs = roundStep(lengthNs / wanted);
  const steps = Math.max(1, Math.ceil(lengthNs / stepNs));
  return {
    stepNs,
    steps,
    lengthNsOf: (step) => Math.max(1, Math.min(stepNs, lengthNs - step * stepNs)),
    secondsOf: (step) => Number((((step + 0.5) * stepNs) / 1e9).toPrecision(7)),
  };
}

function roundStep(leastNs: number): number {
  if (leastNs <= 0) return 1e6;
  const power = 10 ** Math.floor(Math.log10(leastNs));
  const factor = [1, 2, 5, 10].find((candidate) => candidate * power >= leastNs) ?? 10;
  return factor * power;
}

/** The step that a time lies in; null outside of the test. */
function stepOf({ stepNs, steps }: TimeGrid, timeNs: number): number | null {
  const step = Math.floor(timeNs / stepNs);
  if (step === steps && timeNs <= steps * stepNs) return steps - 1;
  return step >= 0 && step < steps ? step : null;
}

/** How many of the times lie in each step. */
export function countInSteps(grid: TimeGrid, timesNs: Float64Array): Float64Array {
  const counts = new Float64Array(grid.steps);
  for (const time of timesNs) {
    const step = Number.isNaN(time) ? null : stepOf(grid, time);
    if (step !== null) counts[step] = at(counts, step) + 1;
  }
  return counts;
}

/** Spreads amounts evenly over their spans of time and gives what falls into each step. */
export class Spreading {
  readonly #grid: TimeGrid;
  /** What falls into parts of steps, and at once. */
  readonly #parts: Float64Array;
  /** Differences between neighbouring steps of what fills whole steps. */
  readonly #differences: Float64Array;

  constructor(grid: TimeGrid) {
    this.#grid = grid;
    this.#parts = new Float64Array(grid.steps);
    this.#differences = new Float64Array(grid.steps + 1);
  }

  add(amount: number, fromNs: number, toNs: number): void {
    if (Number.isNaN(amount) || Number.isNaN(fromNs) || Number.isNaN(toNs)) return;
    const first = stepOf(this.#grid, fromNs);
    const last = stepOf(this.#grid, toNs);
    if (first === null || last === null) return;
    if (first === last || toNs <= fromNs) {
      this.#addPart(last, amount);
      return;
    }
    const { stepNs } = this.#grid;
    const perNs = amount / (toNs - fromNs);
    this.#addPart(first, ((first + 1) * stepNs - fromNs) * perNs);
    this.#addPart(last, (toNs - last * stepNs) * perNs);
    this.#differences[first + 1] = at(this.#differences, first + 1) + perNs * stepNs;
    this.#differences[last] = at(this.#differences, last) - perNs * stepNs;
  }

  amounts(): Float64Array {
    let whole = 0;
    return this.#parts.map((part, step) => {
      whole += at(this.#differences, step);
      return part + whole;
    });
  }

  #addPart(step: number, amount: number): void {
    this.#parts[step] = at(this.#parts, step) + amount;
  }
}

/**
 * Percentiles of the values within each step, by the time that belongs to each value; null where a step has none.
 * `fractions` are 0 ≤ fraction < 1, or 1 for the largest.
 */
export function percentilesInSteps(
  grid: TimeGrid,
  timesNs: Float64Array,
  values: Float64Array,
  fractions: readonly number[],
): (number | null)[][] {
  const lists = groupBySteps(grid, timesNs, values);
  const sorted = lists.map((list) => sortValues(list));
  return fractions.map((fraction) =>
    sorted.map((list) => (fraction === 1 ? (list.at(-1) ?? null) : percentile(list, fraction))),
  );
}

/** The values of each step, as views of one array. */
function groupBySteps(grid: TimeGrid, timesNs: Float64Array, values: Float64Array): Float64Array[] {
  const ends = countInSteps(grid, timesNs);
  for (let step = 1; step < ends.length; step++) ends[step] = at(ends, step) + at(ends, step - 1);
  const grouped = new Float64Array(at(ends, ends.length - 1));
  const next = new Float64Array(ends.length);
  next.set(ends.subarray(0, -1), 1);
  for (const [row, time] of timesNs.entries()) {
    const step = Number.isNaN(time) ? null : stepOf(grid, time);
    if (step === null) continue;
    grouped[at(next, step)] = at(values, row);
    next[step] = at(next, step) + 1;
  }
  return Array.from(ends, (end, step) => grouped.subarray(step === 0 ? 0 : at(ends, step - 1), end));
}
