import { type Mean, meanOf } from "./confidence.ts";
import type { LoadKind, PointFigures, SweepPoint, SweepRun, SweepSummary } from "./sweep-record.ts";

/** A server follows its load as long as it answers this share of what arrives. */
const keepsUp = 0.95;

/** A closed loop is saturated when twice the concurrency brings less than this more samples a second. */
const gainPerDoubling = 0.1;

/** Puts the points of a sweep together. `wantedShare` of the requests must keep the limits, 0..1. */
export function summariseSweep(runs: readonly SweepRun[], kind: LoadKind, wantedShare: number): SweepSummary {
  const loads = [...new Set(runs.filter(({ role }) => role === "point").map(({ load }) => load))];
  const points = loads
    .sort((a, b) => a - b)
    .map((load) =>
      pointOf(
        load,
        runs.filter((run) => run.role === "point" && run.load === load),
      ),
    );
  return kind === "qps"
    ? { points, ...openLoop(points, wantedShare) }
    : { points, highestValid: null, ...closedLoop(points) };
}

function pointOf(load: number, runs: readonly SweepRun[]): SweepPoint {
  const names = Object.keys(runs[0]?.figures ?? {}) as (keyof PointFigures)[];
  const figures = Object.fromEntries(
    names.map((name) => [
      name,
      meanOf(runs.map((run) => run.figures[name]).filter((value) => value !== null)),
    ]),
  ) as Record<keyof PointFigures, Mean | null>;
  const count = (state: SweepRun["state"]) => runs.filter((run) => run.state === state).length;
  return { load, runs: runs.length, valid: count("valid"), failed: count("failed"), figures };
}

/** The longest start of the points for which something holds. */
function start(points: readonly SweepPoint[], holds: (point: SweepPoint) => boolean): SweepPoint[] {
  const first = points.findIndex((point) => !holds(point));
  return points.slice(0, first === -1 ? points.length : first);
}

function openLoop(points: readonly SweepPoint[], wantedShare: number): Omit<SweepSummary, "points"> {
  const follows = ({ figures }: SweepPoint) => (figures.keptUpShare?.mean ?? 0) >= keepsUp;
  const isGood = (point: SweepPoint) =>
    follows(point) && (point.figures.goodputShare?.mean ?? 0) >= wantedShare;
  const first = points.find((point) => !follows(point));
  const knee = start(points, isGood).at(-1);
  return {
    highestValid: start(points, ({ runs, valid }) => valid === runs).at(-1)?.load ?? null,
    saturation: first === undefined ? null : { load: first.load, samplesPerSecond: mostDelivered(points) },
    knee:
      knee === undefined
        ? null
        : {
            load: knee.load,
            why: `the last point at which the server keeps up and ${percent(wantedShare)} of the requests keep the limits`,
          },
  };
}

function closedLoop(points: readonly SweepPoint[]): Pick<SweepSummary, "saturation" | "knee"> {
  const rate = (point: SweepPoint | undefined) => point?.figures.samplesPerSecond?.mean ?? 0;
  const full = points.find((point, index) => {
    const before = points[index - 1];
    if (before === undefined || rate(before) === 0) return false;
    const doublings = Math.log2(point.load / before.load);
    return rate(point) / rate(before) < (1 + gainPerDoubling) ** doublings;
  });
  // Kleinrock's power: rate over time in the server, which by Little's law is load / rate.
  const power = (point: SweepPoint) => rate(point) ** 2 / point.load;
  const knee = points.reduce<SweepPoint | null>(
    (best, point) => (rate(point) > 0 && (best === null || power(point) > power(best)) ? point : best),
    null,
  );
  return {
    saturation: full === undefined ? null : { load: full.load, samplesPerSecond: mostDelivered(points) },
    knee: knee && {
      load: knee.load,
      why: "the point with the most samples a second for the time each takes",
    },
  };
}

function mostDelivered(points: readonly SweepPoint[]): number {
  return Math.max(...points.map(({ figures }) => figures.samplesPerSecond?.mean ?? 0));
}

function percent(share: number): string {
  return `${Number((100 * share).toPrecision(4))} %`;
}
