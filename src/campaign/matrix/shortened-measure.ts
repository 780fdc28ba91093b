import { writeDuration } from "../../config/durations.ts";
import type { RunConfig } from "../../config/run-config.ts";
import { queriesNeeded } from "../../loadgen/early-stopping.ts";
import { defaultTrialQueries } from "../plan-sweep.ts";
import type { Cell, Measure } from "./cell.ts";
import { cellConfig } from "./cell-config.ts";
import { cellSeconds, testSeconds } from "./estimate.ts";

/** A part of a measurement: what is measured, and how much of the whole that is in truth. */
export interface ShortenedMeasure {
  run: Record<string, unknown>;
  measure: Measure;
  /** Of the time of the whole test, above 0 up to 1: floors make it larger than what was asked. */
  share: number;
  /** Of all its runs, without the start of its server, s. */
  seconds: number;
}

const leastDurationNs = 1e9;
/** LoadGen takes no Server test of a single query. */
const leastOfAll = 2;

/** Where a closed loop is judged by a percentile, LoadGen leaves one query out. */
const leftOut = 1;

/**
 * The same measurement for a share of its time, 0 to 1. It keeps as many queries as LoadGen needs to judge its percentile,
 * where the whole one has them.
 */
export function shortenedMeasure(cell: Cell, share: number): ShortenedMeasure {
  const whole = { run: cell.run, measure: cell.measure, share: 1, seconds: cellSeconds(cell) };
  if (share >= 1) return whole;
  const config = cellConfig(cell, { endpoint: "http://127.0.0.1:1", seed: 0, output: null }, {});
  const { measure } = cell;
  if (measure.kind === "find-max") return shortenedSearch(cell, config, measure, share);
  const minQueries = atLeast(leastQueries(config), config.minQueries, share);
  const run = { ...cell.run, duration: shortenedDuration(config, share), minQueries };
  const seconds = cellSeconds({ ...cell, run });
  return { run, measure, share: testSeconds({ ...cell, run }) / testSeconds(cell), seconds };
}

/** Queries decide how long a search for the highest rate takes; a duration only where the campaign has one. */
function shortenedSearch(
  cell: Cell,
  config: RunConfig,
  measure: Extract<Measure, { kind: "find-max" }>,
  share: number,
): ShortenedMeasure {
  const fraction = config.percentile / 100;
  const all = measure.trialQueries ?? defaultTrialQueries(measure.resolution, fraction);
  const trialQueries = atLeast(queriesNeeded(1, fraction), all, share);
  const minQueries = atLeast(leastQueries(config), config.minQueries, share);
  const part = trialQueries / all;
  const run = {
    ...cell.run,
    ...(config.given.includes("minQueries") ? { minQueries } : {}),
    ...(config.given.includes("duration") ? { duration: shortenedDuration(config, share) } : {}),
  };
  return {
    ...{ run, measure: { ...measure, trialQueries }, share: part },
    seconds: cellSeconds(cell) * part,
  };
}

function leastQueries({ scenario, percentile }: RunConfig): number {
  if (scenario === "offline") return leastOfAll;
  const isPaced = scenario === "server" || scenario === "interactive";
  return Math.max(leastOfAll, queriesNeeded(isPaced ? 0 : leftOut, percentile / 100));
}

/** A share of the whole in whole ms, so that it can be read. */
function shortenedDuration({ durationNs }: RunConfig, share: number): string {
  const shortNs = Math.floor((durationNs * share) / 1e6) * 1e6;
  return writeDuration(Math.min(durationNs, Math.max(leastDurationNs, shortNs)));
}

/** A share of the whole, not below the least, and never more than the whole. */
function atLeast(least: number, whole: number, share: number): number {
  return Math.min(whole, Math.max(least, Math.round(whole * share)));
}
