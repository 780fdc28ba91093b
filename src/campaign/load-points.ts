/** Load points as written: `rates` in ascending order, or `auto` points up to 120 % of a capacity yet to be found. */
export type LoadPoints = { loads: readonly number[] } | { auto: number };

/** What reading them gave, or the end of a sentence that starts with the flag. */
export type PointsReading = LoadPoints | { problem: string };

const defaultAutoPoints = 6;
const mostPoints = 1000;
const forms = "a list such as 1,2,4, a range such as 1..16:8 (points) or 1..16:x2 (factor)";

/** Reads `--qps`: a list of rates and ranges, or `auto` or `auto:POINTS`. */
export function readQpsPoints(text: string): PointsReading {
  const [word, count] = text.trim().split(":");
  if (word !== "auto") return readLoads(text, (load) => load > 0, "rates must be above 0");
  const points = count === undefined ? defaultAutoPoints : Number(count);
  if (!Number.isSafeInteger(points) || points < 2 || points > mostPoints)
    return { problem: `must be auto or auto:POINTS with 2 to ${mostPoints} points, not "${text}"` };
  return { auto: points };
}

/** Reads `--concurrency`: a list of whole numbers and ranges. */
export function readConcurrencyPoints(text: string): PointsReading {
  return readLoads(
    text,
    (load) => Number.isSafeInteger(load) && load >= 1,
    "concurrency must be whole numbers of at least 1",
  );
}

/** `count` rates up to 120 % of the capacity, three digits each. */
export function autoLoads(capacityQps: number, count: number): number[] {
  const most = 1.2 * capacityQps;
  return Array.from({ length: count }, (_, index) => Number(((most * (index + 1)) / count).toPrecision(3)));
}

function readLoads(text: string, holds: (load: number) => boolean, rule: string): PointsReading {
  const loads = new Set<number>();
  for (const part of text.split(",")) {
    const reading = part.includes("..") ? readRange(part) : readNumber(part);
    if (reading === null) return { problem: `must be ${forms}, not "${text}"` };
    if (loads.size + reading.length > mostPoints)
      return { problem: `must have at most ${mostPoints} points` };
    for (const load of reading) loads.add(load);
  }
  if (![...loads].every(holds)) return { problem: `${rule}, not "${text}"` };
  return { loads: [...loads].sort((a, b) => a - b) };
}

function readNumber(text: string): number[] | null {
  return /^\s*\d+(\.\d+)?\s*$/.test(text) ? [Number(text)] : null;
}

/** `FIRST..LAST:COUNT`, both ends included, or `FIRST..LAST:xFACTOR`, up to LAST. */
function readRange(text: string): number[] | null {
  const [, first, last, byFactor, step] =
    /^\s*(\d+(?:\.\d+)?)\.\.(\d+(?:\.\d+)?):(x?)(\d+(?:\.\d+)?)\s*$/.exec(text) ?? [];
  if (first === undefined || last === undefined || step === undefined) return null;
  const [from, to, by] = [Number(first), Number(last), Number(step)];
  if (from <= 0 || to <= from) return null;
  return byFactor === "x" ? geometric(from, to, by) : linear(from, to, by);
}

function linear(from: number, to: number, count: number): number[] | null {
  if (!Number.isSafeInteger(count) || count < 2 || count > mostPoints) return null;
  return Array.from({ length: count }, (_, index) => tidy(from + ((to - from) * index) / (count - 1)));
}

function geometric(from: number, to: number, factor: number): number[] | null {
  const steps = Math.floor(Math.log(to / from) / Math.log(factor) + 1e-9);
  if (factor <= 1 || steps >= mostPoints) return null;
  return Array.from({ length: steps + 1 }, (_, index) => tidy(from * factor ** index));
}

/** Without the last digits of floating point: 0.1 + 0.2 is 0.3. */
function tidy(load: number): number {
  return Number(load.toPrecision(12));
}
