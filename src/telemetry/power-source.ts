/** What part of a system a source measures; what measures the whole of it counts alone. */
export type PowerScope = "system" | "accelerators" | "processors";

/** Readings of one meter; times are ms of the monotonic clock, in order. */
export interface PowerSeries {
  /** E.g. `nvidia-smi GPU 0 (NVIDIA L4)`. */
  name: string;
  scope: PowerScope;
  /** `watts`: the power at a moment; `joules`: all energy since some moment, and never less than before. */
  unit: "watts" | "joules";
  timesMs: number[];
  values: number[];
}

/** One reading of one meter, as power. */
export interface PowerReading {
  source: string;
  /** Of the monotonic clock. */
  timeMs: number;
  /** Of a counter of energy the mean since the reading before, and NaN at the first. */
  watts: number;
}

/** Gets the readings of meters, one after the other. Must not throw. */
export type PowerFollower = (reading: PowerReading) => void;

/** Meters that are being read. */
export interface PowerSource {
  /** Tells every reading so far, and from now on each as it comes in. */
  follow(follower: PowerFollower): void;
  /** Ends the reading, after one more where `lastReading` is true, and gives what was read. */
  stop(lastReading: boolean): Promise<PowerSeries[]>;
}

/** A source that cannot be read says why, as one sentence. */
export type StartedPower = PowerSource | { why: string };

/** Readings by meter, while they come in. */
export class PowerLog {
  readonly #series = new Map<string, PowerSeries>();
  #follower: PowerFollower = () => undefined;

  add(meter: Pick<PowerSeries, "name" | "scope" | "unit">, timeMs: number, value: number): void {
    const series = this.#series.get(meter.name) ?? { ...meter, timesMs: [], values: [] };
    this.#series.set(meter.name, series);
    if (timeMs <= (series.timesMs.at(-1) ?? Number.NEGATIVE_INFINITY)) return;
    series.timesMs.push(timeMs);
    series.values.push(value);
    this.#follower(readingOf(series, series.values.length - 1));
  }

  /** Tells every reading so far, and from now on each as it comes in. */
  follow(follower: PowerFollower): void {
    for (const series of this.#series.values())
      for (const index of series.values.keys()) follower(readingOf(series, index));
    this.#follower = follower;
  }

  series(): PowerSeries[] {
    return [...this.#series.values()];
  }
}

/** Watts of a meter at one of its readings: of a counter the mean since the one before, NaN at the first. */
export function wattsAtReading({ unit, timesMs, values }: PowerSeries, index: number): number {
  const [value = Number.NaN, before = Number.NaN] = [values[index], values[index - 1]];
  if (unit === "watts") return value;
  const [now = Number.NaN, since = Number.NaN] = [timesMs[index], timesMs[index - 1]];
  return (value - before) / ((now - since) / 1e3);
}

function readingOf(series: PowerSeries, index: number): PowerReading {
  const { name, timesMs } = series;
  return { source: name, timeMs: timesMs[index] ?? Number.NaN, watts: wattsAtReading(series, index) };
}
