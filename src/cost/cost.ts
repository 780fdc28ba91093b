import type { SystemPrice } from "./price-book.ts";

/** What a system's work costs at the rates of a test; null for a rate that was not measured or was 0. */
export interface CostReport {
  pricePerHour: number;
  /** Three letters, e.g. `USD`; of every amount here. */
  currency: string;
  perMillionOutputTokens: number | null;
  /** Prompt and output tokens together. */
  perMillionTokens: number | null;
  perThousandRequests: number | null;
  /** Where the price is from. */
  source: string;
}

/** Rates of a performance test. */
export interface WorkRates {
  tokensPerSecond: number | null;
  promptTokensPerSecond: number | null;
  samplesPerSecond: number | null;
}

const secondsAnHour = 3600;

/** The cost of tokens and requests on a system that is paid by the hour and does nothing else. */
export function costOf(price: SystemPrice, rates: WorkRates): CostReport {
  const { tokensPerSecond, promptTokensPerSecond, samplesPerSecond } = rates;
  const allTokensPerSecond =
    tokensPerSecond === null || promptTokensPerSecond === null
      ? null
      : tokensPerSecond + promptTokensPerSecond;
  const costOfWork = (amount: number, perSecond: number | null) =>
    perSecond === null || perSecond <= 0 ? null : (amount * price.perHour) / (perSecond * secondsAnHour);
  return {
    pricePerHour: price.perHour,
    currency: price.currency,
    perMillionOutputTokens: costOfWork(1e6, tokensPerSecond),
    perMillionTokens: costOfWork(1e6, allTokensPerSecond),
    perThousandRequests: costOfWork(1e3, samplesPerSecond),
    source: price.source,
  };
}
