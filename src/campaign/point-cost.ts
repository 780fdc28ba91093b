import type { CostReport } from "../results/record.ts";
import type { SweepRun } from "./sweep-record.ts";

/** What work costs at a load: the mean of its VALID runs; null where none of them had a price. */
export function costAt(runs: readonly SweepRun[], load: number): CostReport | null {
  const costs = runs.flatMap((run) => (run.load === load && run.state === "valid" ? (run.cost ?? []) : []));
  const [first] = costs;
  if (first === undefined) return null;
  const mean = (of: (cost: CostReport) => number | null): number | null => {
    const values = costs.map(of).filter((value) => value !== null);
    return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
  };
  return {
    ...first,
    perMillionOutputTokens: mean(({ perMillionOutputTokens }) => perMillionOutputTokens),
    perMillionTokens: mean(({ perMillionTokens }) => perMillionTokens),
    perThousandRequests: mean(({ perThousandRequests }) => perThousandRequests),
  };
}
