import { LimitBelief, type LimitEstimate } from "./limit-belief.ts";

/** Why a trial is made. */
export type TrialPurpose = "bracket" | "search" | "confirm";

/** One trial that the search asks for. */
export interface TrialRequest {
  /** Counts from 0; also tells trials apart that ask for the same. */
  index: number;
  qps: number;
  /** `short` shows on which side the limit is by far; `full` is a test as the result is judged by. */
  length: "short" | "full";
  purpose: TrialPurpose;
}

/** A trial and what LoadGen said, or would certainly have said. */
export interface Trial extends TrialRequest {
  valid: boolean;
}

export interface SearchOptions {
  /** First rate to try, queries a second. */
  startQps: number;
  /** The result is meant to lie so near to the limit, as a share of it, 0..1. */
  resolution: number;
  /** Full trials at the result that must be VALID, one after the other; at least 1. */
  confirmations: number;
  /** Trials after which the search gives up. */
  mostTrials: number;
}

/** What the search came to. */
export interface SearchResult {
  /**
   * The highest rate that was confirmed VALID, queries a second; null when none was. `found` false: the search gave up
   * before it was as sure as asked.
   */
  qps: number | null;
  found: boolean;
  /** Full trials at `qps` that were VALID, in a row. */
  confirmations: number;
  /** Where verdicts turn from VALID to INVALID, with the central 90 % of what is believed; null before any full trial. */
  limit: LimitEstimate | null;
  resolution: number;
  trials: Trial[];
}

/** A bracket this tight leaves the rest to full trials: short ones can be off by as much. */
const bracketRatio = 1.25;

/** Short trials lean to VALID: a queue that grows without end has not grown yet. */
const shortTrialsAreHigh = 0.96;

/** Shares of the resolution: what is believed must lie this near together, and the result is confirmed this far below. */
const surely = 0.8;
const below = 0.2;

/** From the first rate down to a millionth of it. */
const mostHalvings = 20;

/**
 * Finds the highest rate that is VALID. Short trials bracket it (doubling, halving, then bisection); full trials follow
 * where the limit is believed to be, until 90 % of the belief lies within the resolution; then full trials a little
 * below the limit confirm it. A confirmation that fails is learnt from like any other trial, and the search goes on.
 * Knows nothing but `measure`, which gives the verdict of a trial; what it throws passes through.
 */
export async function findMax(
  options: SearchOptions,
  measure: (trial: TrialRequest) => Promise<boolean>,
): Promise<SearchResult> {
  return new Search(options, measure).run();
}

class Search {
  readonly #options: SearchOptions;
  readonly #measure: (trial: TrialRequest) => Promise<boolean>;
  readonly #trials: Trial[] = [];

  constructor(options: SearchOptions, measure: (trial: TrialRequest) => Promise<boolean>) {
    this.#options = options;
    this.#measure = measure;
  }

  async run(): Promise<SearchResult> {
    const around = await this.#bracket();
    if (around === null) return this.#result(null, 0, null);
    const belief = new LimitBelief(around);
    const { resolution, confirmations } = this.#options;
    let confirmed = 0;
    let candidate: number | null = null;
    while (this.#trials.length < this.#options.mostTrials) {
      const limit = belief.estimate();
      const isSure = limit.high / limit.low <= 1 + surely * resolution;
      if (!isSure) candidate = null;
      else candidate ??= roundedDown(limit.median * (1 - below * resolution));
      const qps = candidate ?? rounded(limit.median);
      const purpose = candidate === null ? "search" : "confirm";
      const valid = await this.#try({ qps, length: "full", purpose });
      belief.learn({ qps, valid });
      confirmed = candidate !== null && valid ? confirmed + 1 : 0;
      if (!valid) candidate = null;
      if (candidate !== null && confirmed >= confirmations)
        return this.#result(candidate, confirmed, belief.estimate());
    }
    return this.#result(this.#highestValid(), 0, belief.estimate());
  }

  /** Where short trials put the limit; null when no rate is VALID or the trials run out. */
  async #bracket(): Promise<number | null> {
    let valid = 0;
    let invalid = Number.POSITIVE_INFINITY;
    let qps = rounded(this.#options.startQps);
    for (let halvings = 0; invalid > valid * bracketRatio; ) {
      if (this.#trials.length >= this.#options.mostTrials || halvings > mostHalvings) return null;
      if (await this.#try({ qps, length: "short", purpose: "bracket" })) valid = qps;
      else invalid = qps;
      if (valid === 0) {
        halvings += 1;
        qps = rounded(invalid / 2);
      } else qps = rounded(invalid === Number.POSITIVE_INFINITY ? valid * 2 : Math.sqrt(valid * invalid));
    }
    return Math.sqrt(valid * invalid) * shortTrialsAreHigh;
  }

  async #try(asked: Omit<TrialRequest, "index">): Promise<boolean> {
    const trial = { index: this.#trials.length, ...asked };
    const valid = await this.#measure(trial);
    this.#trials.push({ ...trial, valid });
    return valid;
  }

  /** The highest rate of which no full trial said otherwise. */
  #highestValid(): number | null {
    const full = this.#trials.filter(({ length }) => length === "full");
    const refused = Math.min(...full.filter(({ valid }) => !valid).map(({ qps }) => qps));
    const accepted = full.filter(({ valid, qps }) => valid && qps < refused).map(({ qps }) => qps);
    return accepted.length === 0 ? null : Math.max(...accepted);
  }

  #result(qps: number | null, confirmations: number, limit: LimitEstimate | null): SearchResult {
    const { resolution } = this.#options;
    return { qps, found: confirmations > 0, confirmations, limit, resolution, trials: this.#trials };
  }
}

/** Four digits are enough for a rate, and they can be written down and asked for again. */
function rounded(qps: number): number {
  return Number(qps.toPrecision(4));
}

function roundedDown(qps: number): number {
  const step = 10 ** (Math.floor(Math.log10(qps)) - 3);
  return rounded(Math.floor(qps / step) * step);
}
