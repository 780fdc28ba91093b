/** What one accelerator costs; a share of the machine around it is added by the assumptions where it is bought. */
export interface UnitPrice {
  /** To rent it for an hour, host and power included; null when unknown. */
  hourly: number | null;
  /** To buy it; null when unknown. */
  purchase: number | null;
}

/** What cannot be read from any result. */
export interface CostAssumptions {
  /** Rent by the hour, or buy. */
  pay: "hourly" | "purchase";
  /** Years over which a purchase is written off. */
  years: number;
  /** Price of the machine around its accelerators, as a share of their price. */
  hostShare: number;
  /** Price of a kilowatt-hour. */
  pricePerKwh: number;
  /** Power of the machine beside its accelerators' rating, as a share of it. */
  hostPowerShare: number;
  /** Power that the building draws for each watt of the machines. */
  pue: number;
  /** Share of the year in which the needed throughput is asked for. */
  utilisation: number;
}

/** What FlexBench assumes until it is told otherwise; every one of them is meant to be edited. */
export const usualAssumptions: CostAssumptions = {
  ...{ pay: "hourly", years: 4, hostShare: 0.35, pricePerKwh: 0.12 },
  ...{ hostPowerShare: 0.4, pue: 1.3, utilisation: 1 },
};

/** What an installation costs, or that nobody told a price. */
export type ConfigurationCost =
  | {
      state: "priced";
      perYear: number;
      /** Part of it that is electricity of one's own; 0 when rented. */
      energyPerYear: number;
      /** Of the output tokens that are needed, not of those that it could give. */
      perMillionTokens: number;
      /** To be paid at once; 0 when rented. */
      purchase: number;
      /** Mean draw of the whole installation, kW; null without a rating. */
      kilowatts: number | null;
    }
  | { state: "unpriced"; kilowatts: number | null };

/** What the cost of an installation follows from. */
export interface CostedConfiguration {
  accelerators: number;
  /** Rated power of one accelerator; null when unknown. */
  tdpWatts: number | null;
  neededTokensPerSecond: number;
}

const hoursAYear = 8766;
const secondsAYear = hoursAYear * 3600;

/**
 * Cost of an installation. Rented: accelerators × price × hours. Bought: accelerators × price × (1 + host) over the years, and
 * rated power × (1 + host) × PUE × hours × price of energy; a purchase without a rating has no price. Machines are paid and
 * powered all year; tokens count in the share of it in which they are asked for.
 */
export function costOfConfiguration(
  { accelerators, tdpWatts, neededTokensPerSecond }: CostedConfiguration,
  price: UnitPrice | null,
  assumptions: CostAssumptions,
): ConfigurationCost {
  const { pay, years, hostShare, pricePerKwh, hostPowerShare, pue, utilisation } = assumptions;
  const kilowatts = tdpWatts === null ? null : (accelerators * tdpWatts * (1 + hostPowerShare) * pue) / 1000;
  const unit = price?.[pay] ?? null;
  if (unit === null || (pay === "purchase" && kilowatts === null)) return { state: "unpriced", kilowatts };
  const purchase = pay === "purchase" ? accelerators * unit * (1 + hostShare) : 0;
  const energyPerYear = pay === "purchase" ? (kilowatts ?? 0) * hoursAYear * pricePerKwh : 0;
  const perYear = pay === "purchase" ? purchase / years + energyPerYear : accelerators * unit * hoursAYear;
  const millionsOfTokens = (neededTokensPerSecond * secondsAYear * utilisation) / 1e6;
  return {
    state: "priced",
    perYear,
    energyPerYear,
    perMillionTokens: perYear / millionsOfTokens,
    purchase,
    kilowatts,
  };
}
