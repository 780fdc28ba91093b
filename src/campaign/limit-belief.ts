/** What one full trial said about one rate. */
export interface Verdict {
  qps: number;
  valid: boolean;
}

/** Where the limit lies, as far as the verdicts tell, queries a second. */
export interface LimitEstimate {
  /** Half of the belief lies below it. */
  median: number;
  /** Central 90 % of the belief. */
  low: number;
  high: number;
}

/**
 * How wide the zone is in which the verdict is a matter of chance: scale of a logistic curve over the logarithm of the
 * rate. Simulated queues gave about 1 % for runs of 10,000 queries and 2 % for runs of 2,000.
 */
const scales = [0.004, 0.008, 0.016, 0.032] as const;

/** A verdict that has nothing to do with the rate, such as one of a moment when the machine stood still. */
const strayShare = 0.02;

/** Deviation of the belief before the first full trial, as a share of the rate: short trials are far off at times. */
const priorDeviation = 0.2;
const gridSteps = 600;
const gridReach = 4 * priorDeviation;

/**
 * What is believed about the highest rate that is VALID, given noisy verdicts: Bayes' rule on a grid of rates, with a
 * logistic chance of VALID around the limit, of unknown width.
 */
export class LimitBelief {
  readonly #logRates: Float64Array;
  /** Logarithms of the weights, one row for each width. */
  readonly #weights: Float64Array[];

  /** `aroundQps`: where short trials put the limit. */
  constructor(aroundQps: number) {
    const centre = Math.log(aroundQps);
    this.#logRates = Float64Array.from(
      { length: gridSteps + 1 },
      (_, step) => centre + gridReach * ((2 * step) / gridSteps - 1),
    );
    const prior = this.#logRates.map((rate) => -0.5 * ((rate - centre) / priorDeviation) ** 2);
    this.#weights = scales.map(() => prior.slice());
  }

  /** Takes a verdict into account. */
  learn({ qps, valid }: Verdict): void {
    const asked = Math.log(qps);
    for (const [row, weights] of this.#weights.entries()) {
      const scale = scales[row] ?? scales[0];
      for (const [index, limit] of this.#logRates.entries()) {
        const chance = 1 / (1 + Math.exp((asked - limit) / scale));
        const seen = valid ? chance : 1 - chance;
        weights[index] = (weights[index] ?? 0) + Math.log(strayShare / 2 + (1 - strayShare) * seen);
      }
    }
  }

  estimate(): LimitEstimate {
    const most = Math.max(...this.#weights.map((weights) => Math.max(...weights)));
    const shares = this.#logRates.map((_, index) =>
      this.#weights.reduce((sum, weights) => sum + Math.exp((weights[index] ?? 0) - most), 0),
    );
    const total = shares.reduce((sum, share) => sum + share, 0);
    const at = (wanted: number): number => {
      let sum = 0;
      const index = shares.findIndex((share) => {
        sum += share;
        return sum >= wanted * total;
      });
      return Math.exp(this.#logRates[index] ?? Number.NaN);
    };
    return { median: at(0.5), low: at(0.05), high: at(0.95) };
  }
}
