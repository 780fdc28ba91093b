/** Stands where nothing was measured. */
export const notMeasured = "–";

/** "12,345", "187.3", "2.01", "0.0042": three significant digits, or more where the whole part has more. */
export function formatNumber(value: number | null): string {
  if (value === null || !Number.isFinite(value)) return notMeasured;
  if (Number.isInteger(value)) return value.toLocaleString("en-US");
  const size = Math.abs(value);
  if (size >= 1000) return Math.round(value).toLocaleString("en-US");
  if (size >= 100) return value.toFixed(1);
  return size >= 1 ? value.toFixed(2) : String(Number(value.toPrecision(3)));
}

/** A share as percent: 0.9833 → "98.3%"; never rounded up to 100% or down to 0%. */
export function formatShare(share: number): string {
  if (share === 0 || share === 1) return `${share * 100}%`;
  return `${Math.min(Math.max(share * 100, 0.1), 99.9).toFixed(1)}%`;
}

/** A unit of time and how many ns it holds. */
export interface TimeUnit {
  name: string;
  ns: number;
}

const nanoseconds: TimeUnit = { name: "ns", ns: 1 };
const microseconds: TimeUnit = { name: "µs", ns: 1e3 };
const milliseconds: TimeUnit = { name: "ms", ns: 1e6 };
const seconds: TimeUnit = { name: "s", ns: 1e9 };

/** The unit in which a time is easiest to read; milliseconds up to ten seconds. */
export function timeUnitFor(ns: number): TimeUnit {
  if (ns >= 1e10) return seconds;
  if (ns >= 1e6) return milliseconds;
  return ns >= 1e3 ? microseconds : nanoseconds;
}

/** A time without its unit: "20.41", "345.6", "2,345". */
export function formatTimeIn(unit: TimeUnit, ns: number): string {
  const value = ns / unit.ns;
  if (value >= 1000) return Math.round(value).toLocaleString("en-US");
  return value >= 100 ? value.toFixed(1) : value.toFixed(2);
}

/** A time with its unit: "20.41 ms", "2 s", "450 ms". */
export function formatTime(ns: number): string {
  const unit = ns >= 1e9 ? seconds : timeUnitFor(ns);
  const text = formatTimeIn(unit, ns);
  return `${text.includes(".") ? text.replace(/\.?0+$/, "") : text} ${unit.name}`;
}

/** "92 MB", "1.4 GB": powers of ten. */
export function formatBytes(bytes: number): string {
  for (const [name, size] of [
    ["GB", 1e9],
    ["MB", 1e6],
    ["kB", 1e3],
  ] as const) {
    if (bytes >= size) return `${(bytes / size).toFixed(bytes / size < 10 ? 1 : 0)} ${name}`;
  }
  return `${bytes} B`;
}
