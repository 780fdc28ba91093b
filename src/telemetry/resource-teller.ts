import type { PowerReading } from "./power-source.ts";
import type { ServerMetric, ServerMetricValues } from "./server-metric-names.ts";

/** What one address told at one moment; null for what it did not tell, since JSON has no NaN. */
export interface ToldServerMetrics {
  /** After the start of the test, ns; during the warm-up after the first reading. */
  timeNs: number;
  source: string;
  values: Record<ServerMetric, number | null>;
}

/** What one meter told at one moment. */
export interface ToldPower {
  /** After the start of the test, ns; during the warm-up after the first reading. */
  timeNs: number;
  source: string;
  /** Power then, or of a counter of energy the mean since the reading before, and null at the first. */
  watts: number | null;
}

/** What servers and meters told since the last time; of one source in order. */
export interface ToldResources {
  serverMetrics: ToldServerMetrics[];
  power: ToldPower[];
}

const defaultIntervalMs = 1000;

/** Gathers the readings of all servers and meters and passes them on together, so that many sources make few events. */
export class ResourceTeller {
  readonly #tell: (told: ToldResources) => void;
  readonly #timer: NodeJS.Timeout;
  #serverMetrics: ToldServerMetrics[] = [];
  #power: ToldPower[] = [];
  #startMs: number;

  /** Times count from `startMs`, of the monotonic clock. */
  constructor(
    startMs: number,
    tell: (told: ToldResources) => void,
    { intervalMs = defaultIntervalMs }: { intervalMs?: number } = {},
  ) {
    this.#startMs = startMs;
    this.#tell = tell;
    this.#timer = setInterval(() => this.#passOn(), intervalMs).unref();
  }

  /** `timeMs` is of the monotonic clock. */
  addServer(source: string, timeMs: number, values: ServerMetricValues): void {
    const told = Object.entries(values).map(([metric, value]) => [metric, finite(value)]);
    this.#serverMetrics.push({
      timeNs: this.#nsAfterStart(timeMs),
      source,
      values: Object.fromEntries(told) as ToldServerMetrics["values"],
    });
  }

  addPower({ source, timeMs, watts }: PowerReading): void {
    this.#power.push({ timeNs: this.#nsAfterStart(timeMs), source, watts: finite(watts) });
  }

  /** Passes on what belongs to the time before; from here on times count from `startMs`. */
  restart(startMs: number): void {
    this.#passOn();
    this.#startMs = startMs;
  }

  /** Passes on what is left; nothing follows. */
  stop(): void {
    clearInterval(this.#timer);
    this.#passOn();
  }

  #nsAfterStart(timeMs: number): number {
    return Math.round((timeMs - this.#startMs) * 1e6);
  }

  #passOn(): void {
    const told = { serverMetrics: this.#serverMetrics, power: this.#power };
    if (told.serverMetrics.length === 0 && told.power.length === 0) return;
    this.#serverMetrics = [];
    this.#power = [];
    this.#tell(told);
  }
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
