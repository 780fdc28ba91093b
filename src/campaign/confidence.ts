/** Where the true mean lies, with 95 % confidence. */
export interface Interval {
  low: number;
  high: number;
}

/** A mean over repeats; no interval for a single one. */
export interface Mean {
  mean: number;
  interval: Interval | null;
}

/** 97.5 % quantiles of Student's t by degrees of freedom; beyond the table its limit is near enough. */
const studentT = [
  12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145, 2.131,
  2.12, 2.11, 2.101, 2.093, 2.086, 2.08, 2.074, 2.069, 2.064, 2.06, 2.056, 2.052, 2.048, 2.045, 2.042,
] as const;
const studentTBeyond = 2.0;

/** Mean with Student's 95 % interval; null when there is no value. Values are taken for independent. */
export function meanOf(values: readonly number[]): Mean | null {
  const count = values.length;
  if (count === 0) return null;
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  if (count === 1) return { mean, interval: null };
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (count - 1);
  const half = (studentT[count - 2] ?? studentTBeyond) * Math.sqrt(variance / count);
  return { mean, interval: { low: mean - half, high: mean + half } };
}
