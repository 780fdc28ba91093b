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

/** Meters that are being read. */
export interface PowerSource {
  /** Ends the reading, after one more where `lastReading` is true, and gives what was read. */
  stop(lastReading: boolean): Promise<PowerSeries[]>;
}

/** A source that cannot be read says why, as one sentence. */
export type StartedPower = PowerSource | { why: string };

/** Readings by meter, while they come in. */
export class PowerLog {
  readonly #series = new Map<string, PowerSeries>();

  add(meter: Pick<PowerSeries, "name" | "scope" | "unit">, timeMs: number, value: number): void {
    const series = this.#series.get(meter.name) ?? { ...meter, timesMs: [], values: [] };
    this.#series.set(meter.name, series);
    if (timeMs <= (series.timesMs.at(-1) ?? Number.NEGATIVE_INFINITY)) return;
    series.timesMs.push(timeMs);
    series.values.push(value);
  }

  series(): PowerSeries[] {
    return [...this.#series.values()];
  }
}
