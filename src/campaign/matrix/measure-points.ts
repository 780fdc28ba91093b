import { UsageError } from "../../errors.ts";
import { type LoadPoints, readConcurrencyPoints, readQpsPoints } from "../load-points.ts";
import type { Measure } from "./cell.ts";

/** The points of a sweep as its campaign writes them. Throws UsageError `CAMPAIGN_INVALID`. */
export function pointsOf({ qps, concurrency }: Extract<Measure, { kind: "sweep" }>): LoadPoints {
  const points = concurrency === null ? readQpsPoints(qps ?? "auto") : readConcurrencyPoints(concurrency);
  if ("problem" in points)
    throw new UsageError("CAMPAIGN_INVALID", [{ where: "measure", message: points.problem }]);
  return points;
}

/** How many runs a sweep makes, the probes of the capacity included. */
export function runsOfSweep(measure: Extract<Measure, { kind: "sweep" }>): number {
  const points = pointsOf(measure);
  if ("auto" in points) return points.auto + 1;
  return measure.concurrency === null ? points.loads.length : 2 * points.loads.length;
}
