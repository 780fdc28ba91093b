/** Where a true value lies, at the stated confidence. */
export interface Interval {
  low: number;
  high: number;
}

/** A mean over repeats with its 95 % interval; none for a single value. */
export interface Mean {
  mean: number;
  interval: Interval | null;
}

/** How sure an interval is, two-sided: the share below its upper end, and the normal distribution's quantile of it. */
export interface Confidence {
  below: number;
  normalQuantile: number;
}

/** 95 % for one statement. */
export const single: Confidence = { below: 0.975, normalQuantile: 1.959964 };

/** 95 % for three statements together, by Bonferroni's rule. */
export const ofThree: Confidence = { below: 1 - 0.025 / 3, normalQuantile: 2.39398 };

/**
 * Quantile of Student's t. Exact for one and two degrees of freedom; else by the expansion around the normal quantile,
 * which is less than 1 % low at three degrees and better above.
 */
export function studentQuantile({ below, normalQuantile: z }: Confidence, degrees: number): number {
  if (degrees === 1) return Math.tan(Math.PI * (below - 0.5));
  if (degrees === 2) return (2 * below - 1) / Math.sqrt(2 * below * (1 - below));
  const first = (z ** 3 + z) / 4;
  const second = (5 * z ** 5 + 16 * z ** 3 + 3 * z) / 96;
  const third = (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / 384;
  const fourth = (79 * z ** 9 + 776 * z ** 7 + 1482 * z ** 5 - 1920 * z ** 3 - 945 * z) / 92_160;
  return z + first / degrees + second / degrees ** 2 + third / degrees ** 3 + fourth / degrees ** 4;
}

/** Mean with Student's interval; null when there is no value. Values are taken for independent. */
export function meanOf(values: readonly number[], confidence: Confidence = single): Mean | null {
  const count = values.length;
  if (count === 0) return null;
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  if (count === 1) return { mean, interval: null };
  const half = (studentQuantile(confidence, count - 1) * deviationOf(values)) / Math.sqrt(count);
  return { mean, interval: { low: mean - half, high: mean + half } };
}

/** Standard deviation of a sample; 0 for a single value. */
export function deviationOf(values: readonly number[]): number {
  if (values.length < 2) return 0;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1));
}
