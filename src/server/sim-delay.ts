import { readDuration } from "../config/durations.ts";

/** How a delay varies, ms. A normal delay below zero counts as zero. */
export type DelayDistribution =
  | { shape: "fixed"; ms: number }
  | { shape: "normal" | "lognormal"; meanMs: number; deviationMs: number };

/** Draws one delay, ms. */
export function drawDelayMs(delay: DelayDistribution, random: () => number): number {
  switch (delay.shape) {
    case "fixed":
      return delay.ms;
    case "normal":
      return Math.max(0, delay.meanMs + delay.deviationMs * standardNormal(random));
    case "lognormal": {
      const logVariance = Math.log1p((delay.deviationMs / delay.meanMs) ** 2);
      return delay.meanMs * Math.exp(Math.sqrt(logVariance) * standardNormal(random) - logVariance / 2);
    }
  }
}

/** Mean of a delay, ms. */
export function meanDelayMs(delay: DelayDistribution): number {
  return delay.shape === "fixed" ? delay.ms : delay.meanMs;
}

/**
 * Reads `20ms`, `normal:20ms,3ms` or `lognormal:20ms,8ms` (mean, standard deviation).
 * Returns what is wrong with the text otherwise.
 */
export function readDelay(text: string): DelayDistribution | { problem: string } {
  const [, shape = "fixed", first = "", second] = /^(?:(\w+):)?([^,]*)(?:,(.*))?$/.exec(text.trim()) ?? [];
  const mean = readDelayMs(first);
  if (typeof mean !== "number") return mean;
  if (shape === "fixed" && second === undefined) return { shape, ms: mean };
  if (shape !== "normal" && shape !== "lognormal") {
    return { problem: `must be a time, normal:MEAN,DEVIATION or lognormal:MEAN,DEVIATION, not "${text}"` };
  }
  if (second === undefined) return { problem: `needs a deviation: ${shape}:${first},DEVIATION` };
  const deviation = readDelayMs(second);
  if (typeof deviation !== "number") return deviation;
  return { shape, meanMs: mean, deviationMs: deviation };
}

/** What makes a delay unusable, or null. */
export function delayProblem(delay: DelayDistribution): string | null {
  if (delay.shape === "fixed") {
    return isDelay(delay.ms) ? null : "must be 0 ms or more";
  }
  if (!isDelay(delay.meanMs) || !isDelay(delay.deviationMs)) return "mean and deviation must be 0 ms or more";
  if (delay.shape === "lognormal" && delay.meanMs === 0)
    return "the mean of a lognormal delay must be above 0";
  return null;
}

function isDelay(ms: number): boolean {
  return Number.isFinite(ms) && ms >= 0;
}

function readDelayMs(text: string): number | { problem: string } {
  if (text.trim() === "0") return 0;
  const reading = readDuration(text);
  return "ns" in reading ? reading.ns / 1e6 : reading;
}

/** Box and Muller's method. */
function standardNormal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
