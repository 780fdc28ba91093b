import { officialAccuracy } from "./official-accuracy.ts";

/** What figures are held against. */
export interface AccuracyTargets {
  /** Least figures by name. */
  floors: Readonly<Record<string, number>>;
  /** Most figures by name. */
  ceilings: Readonly<Record<string, number>>;
}

/** Whether an accuracy test reached its targets. */
export interface AccuracyVerdict {
  /** Null when there are no targets, or when a figure that one is set for was not measured. */
  passed: boolean | null;
  /** What a reader must know about the verdict, each one sentence. */
  notes: string[];
}

/**
 * Targets of a run: the user's own, beside those of the benchmark. Official ones hold for the whole official set alone;
 * for any other number of samples they are left out and a note says so.
 */
export function targetsOf(
  own: Readonly<Record<string, number>>,
  benchmark: string | null,
  samples: number,
): { targets: AccuracyTargets; notes: string[] } {
  const official = benchmark === null ? undefined : officialAccuracy[benchmark.replace(/-interactive$/, "")];
  if (official === undefined) return { targets: { floors: own, ceilings: {} }, notes: [] };
  if (official.samples !== samples) {
    const note = `The official targets of ${benchmark} hold for ${official.samples} samples; these are ${samples}, so they are not applied.`;
    return { targets: { floors: own, ceilings: {} }, notes: [note] };
  }
  return { targets: { floors: { ...official.floors, ...own }, ceilings: official.ceilings }, notes: [] };
}

/** Holds figures against targets; what lies exactly on a target passes. */
export function judgeAccuracy(
  metrics: Readonly<Record<string, number>>,
  { floors, ceilings }: AccuracyTargets,
): AccuracyVerdict {
  const misses = [
    ...Object.entries(floors).map(([name, least]) => missOf(name, metrics[name], (value) => value >= least)),
    // A ceiling counts where the figure was measured, as in the official checker.
    ...Object.entries(ceilings)
      .filter(([name]) => name in metrics)
      .map(([name, most]) => missOf(name, metrics[name], (value) => value <= most)),
  ];
  const unmeasured = misses.filter(({ state }) => state === "unmeasured").map(({ name }) => name);
  const notes =
    unmeasured.length === 0
      ? []
      : [`A target is set for ${unmeasured.join(", ")}, which this metric does not give.`];
  if (misses.some(({ state }) => state === "missed")) return { passed: false, notes };
  return { passed: misses.length === 0 || unmeasured.length > 0 ? null : true, notes };
}

function missOf(name: string, value: number | undefined, reaches: (value: number) => boolean) {
  const state = value === undefined ? "unmeasured" : reaches(value) ? "reached" : "missed";
  return { name, state } as const;
}
