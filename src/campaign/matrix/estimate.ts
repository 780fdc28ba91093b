import { defaultTrialQueries } from "../plan-sweep.ts";
import type { Cell } from "./cell.ts";
import { cellConfig } from "./cell-config.ts";
import { groupsOf } from "./cells-of-file.ts";
import { runsOfSweep } from "./measure-points.ts";

/** How long a campaign takes at the least, in seconds. */
export interface Estimate {
  cells: number;
  /** Runs, points and trials together. */
  runs: number;
  serverStarts: number;
  /** All one after the other. */
  seconds: number;
  /** With what runs at once; null where the executor decides. */
  secondsAtOnce: number | null;
}

/** Probing, warm-up, LoadGen's own end, and writing the record. */
const secondsAroundRun = 4;

/** Starts as measured on small machines; a large model takes longer, and nobody knows before. */
const startSeconds: Readonly<Record<string, number>> = { sim: 1, llamacpp: 3, command: 30 };
const startSecondsOfOthers = 120;

/** A search takes this many trials beside its confirmations, most of them short. */
const trialsOfSearch = 8;

/** The time that cells take at the least: their runs, the pauses between them, and the starts of their servers. */
export function estimate(cells: readonly Cell[], parallel: number | null): Estimate {
  const groups = [...groupsOf(cells).values()];
  const secondsOf = (group: readonly Cell[]) =>
    (startSecondsOf(group[0]) ?? 0) + group.reduce((sum, cell) => sum + cellSeconds(cell), 0);
  const each = groups.map(secondsOf);
  const seconds = each.reduce((sum, one) => sum + one, 0);
  return {
    cells: cells.length,
    runs: cells.reduce((sum, cell) => sum + cell.wishes.length * runsOf(cell), 0),
    serverStarts: groups.filter(([first]) => startSecondsOf(first) !== null).length,
    seconds,
    secondsAtOnce: parallel === null ? null : atOnce(each, parallel),
  };
}

/** The time of one cell without the start of its server. */
export function cellSeconds(cell: Cell): number {
  const coolDown = cell.measure.kind === "run" ? 0 : cell.measure.coolDownNs / 1e9;
  return cell.wishes.length * runsOf(cell) * (testSeconds(cell) + secondsAroundRun + coolDown);
}

/** What the start of its server takes, s; null where none is started. */
export function startSecondsOf(cell: Cell | undefined): number | null {
  if (cell?.server == null) return null;
  return startSeconds[cell.server.kind] ?? startSecondsOfOthers;
}

function runsOf({ measure }: Cell): number {
  switch (measure.kind) {
    case "run":
      return 1;
    case "sweep":
      return runsOfSweep(measure);
    case "find-max":
      return trialsOfSearch + measure.confirmations;
  }
}

/**
 * Least duration, or what the least number of queries takes at the asked rate; both tests of `mode: all` alike. Queries alone
 * decide on the trials of a search for the highest rate, where the campaign has no duration.
 */
export function testSeconds(cell: Cell): number {
  const config = cellConfig(cell, { endpoint: "http://127.0.0.1:1", seed: 0, output: null }, {});
  const { measure } = cell;
  const least = config.durationNs / 1e9;
  const { targetQps, percentile, given } = config;
  if (measure.kind === "find-max" && targetQps !== null && !given.includes("duration")) {
    const { trialQueries, resolution } = measure;
    return (trialQueries ?? defaultTrialQueries(resolution, percentile / 100)) / targetQps;
  }
  const isPaced = config.scenario === "server" || config.scenario === "interactive";
  const queries = isPaced && targetQps !== null ? config.minQueries / targetQps : 0;
  return Math.max(least, queries) * (config.mode === "all" ? 2 : 1);
}

/** Longest of the machines when each takes the next group as soon as it is free. */
function atOnce(seconds: readonly number[], parallel: number): number {
  const machines = Array.from({ length: Math.max(1, parallel) }, () => 0);
  for (const one of seconds) {
    const free = machines.indexOf(Math.min(...machines));
    machines[free] = (machines[free] ?? 0) + one;
  }
  return Math.max(...machines);
}
