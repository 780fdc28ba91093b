import * as z from "zod";
import { positive } from "./question-schema.ts";
import { mustBe } from "./schema-problems.ts";

const mostUsd = 1e9;
const price = positive(mostUsd).nullable();

/** What one accelerator costs; a share of the machine around it is added by the assumptions where it is bought. */
export const unitPriceSchema = z.strictObject({
  hourly: price.describe("To rent it for an hour, host and power included; null when unknown"),
  purchase: price.describe("To buy it; null when unknown"),
});
export type UnitPrice = z.output<typeof unitPriceSchema>;

const share = (most: number) =>
  z.number(mustBe("a number from 0 on")).min(0, "must be at least 0").max(most, `must be at most ${most}`);

/** What cannot be read from any result. */
export const assumptionsSchema = z.strictObject({
  pay: z.enum(["hourly", "purchase"], mustBe("hourly or purchase")).describe("Rent by the hour, or buy"),
  years: positive(50).describe("Years over which a purchase is written off"),
  hostShare: share(100).describe("Price of the machine around its accelerators, as a share of theirs"),
  pricePerKwh: share(100).describe("Price of a kilowatt-hour"),
  hostPowerShare: share(100).describe(
    "Power of the machine beside its accelerators' rating, as a share of it",
  ),
  pue: z
    .number(mustBe("a number from 1 on"))
    .min(1, "must be at least 1")
    .max(10, "must be at most 10")
    .describe("Power that the building draws for each watt of the machines"),
  utilisation: positive(1).describe("Share of the year in which the needed throughput is asked for"),
});
export type CostAssumptions = z.output<typeof assumptionsSchema>;

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
const joulesAKwh = 3.6e6;

/** Energy by the rating of the accelerators. It was not measured: under load machines draw less than their rating. */
export interface RatedEnergy {
  kilowatts: number;
  kilowattHoursPerYear: number;
  /** For each output token that is needed. */
  joulesPerToken: number;
}

/** Energy of an installation by its rating, host and building included; null without a rating. */
export function ratedEnergy(
  { accelerators, tdpWatts, neededTokensPerSecond }: CostedConfiguration,
  { hostPowerShare, pue, utilisation }: CostAssumptions,
): RatedEnergy | null {
  if (tdpWatts === null) return null;
  const kilowatts = (accelerators * tdpWatts * (1 + hostPowerShare) * pue) / 1000;
  const kilowattHoursPerYear = kilowatts * hoursAYear;
  const tokensPerYear = neededTokensPerSecond * secondsAYear * utilisation;
  return {
    kilowatts,
    kilowattHoursPerYear,
    joulesPerToken: (kilowattHoursPerYear * joulesAKwh) / tokensPerYear,
  };
}

/**
 * Cost of an installation. Rented: accelerators × price × hours. Bought: accelerators × price × (1 + host) over the years, and
 * rated power × (1 + host) × PUE × hours × price of energy; a purchase without a rating has no price. Machines are paid and
 * powered all year; tokens count in the share of it in which they are asked for.
 */
export function costOfConfiguration(
  configuration: CostedConfiguration,
  unitPrice: UnitPrice | null,
  assumptions: CostAssumptions,
): ConfigurationCost {
  const { accelerators, neededTokensPerSecond } = configuration;
  const { pay, years, hostShare, pricePerKwh, utilisation } = assumptions;
  const kilowatts = ratedEnergy(configuration, assumptions)?.kilowatts ?? null;
  const unit = unitPrice?.[pay] ?? null;
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
