import { readConcurrencyPoints, readQpsPoints } from "../load-points.ts";
import type { Measure } from "./cell.ts";

/** How many runs a sweep makes, the probe of the capacity included. */
export function runsOfSweep({ qps, concurrency }: Extract<Measure, { kind: "sweep" }>): number {
  const points = concurrency === null ? readQpsPoints(qps ?? "auto") : readConcurrencyPoints(concurrency);
  if ("loads" in points) return points.loads.length + (concurrency === null ? 0 : points.loads.length);
  return "auto" in points ? points.auto + 1 : 0;
}
