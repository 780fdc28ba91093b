const nanosecondsPerUnit = {
  h: 3_600_000_000_000,
  m: 60_000_000_000,
  s: 1_000_000_000,
  ms: 1_000_000,
  us: 1_000,
  µs: 1_000,
  ns: 1,
} as const;

type DurationUnit = keyof typeof nanosecondsPerUnit;

/** A duration in ns, or what is wrong with its text, as the end of a sentence that starts with the place. */
export type DurationReading = { ns: number } | { problem: string };

/** Reads "60s", "200ms", "1m30s", "2h" or "1.5s" as whole ns; a number without a unit is a problem. */
export function readDuration(text: string): DurationReading {
  const trimmed = text.trim();
  if (/^[+-]?\d+(\.\d+)?$/.test(trimmed)) {
    return { problem: `needs a unit: write ${trimmed}s for seconds or ${trimmed}ms for milliseconds` };
  }
  if (!/^(\d+(\.\d+)?(h|ms|m|us|µs|ns|s))+$/.test(trimmed)) {
    return { problem: `must be a duration such as 60s, 200ms or 1m30s, not "${text}"` };
  }
  let totalNs = 0;
  let previousUnitNs = Number.POSITIVE_INFINITY;
  for (const [, amount, unit] of trimmed.matchAll(/(\d+(?:\.\d+)?)(h|ms|m|us|µs|ns|s)/g)) {
    const unitNs = nanosecondsPerUnit[unit as DurationUnit];
    if (unitNs >= previousUnitNs) {
      return { problem: `must name each unit once and the largest first, not "${text}"` };
    }
    previousUnitNs = unitNs;
    totalNs += Number(amount) * unitNs;
  }
  const ns = Math.round(totalNs);
  return Number.isSafeInteger(ns) ? { ns } : { problem: "must be shorter than 100 days" };
}

/** Writes ns so that `readDuration` gives exactly the same number back: "60s", "200ms", "1500us". */
export function writeDuration(ns: number): string {
  for (const unit of ["s", "ms", "us"] as const) {
    if (ns % nanosecondsPerUnit[unit] === 0) return `${ns / nanosecondsPerUnit[unit]}${unit}`;
  }
  return `${ns}ns`;
}
