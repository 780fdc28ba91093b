import {
  type CostAssumptions,
  costOfConfiguration,
  type UnitPrice,
} from "../../../predict/configuration-cost.ts";
import { numberAt } from "../data/measures.ts";
import type { Table } from "../data/table.ts";
import { valueText } from "../wording.ts";

/** Columns that a cost follows from, and those that name a result. */
export const costColumns = [
  ...["id", "tokens_per_second", "accelerator", "accelerators_total", "accelerator_mix", "tdp_w"],
  ...["system_name", "submitter", "origin"],
];

/** A measured result with what it costs. */
export interface PricedResult {
  row: number;
  id: string;
  label: string;
  tokensPerSecond: number;
  /** Of all accelerators, US dollars; of a purchase its share of an hour, electricity included. */
  pricePerHour: number;
  perMillionTokens: number;
}

/** Results by whether they can be given a cost. */
export interface PricedResults {
  /** The cheapest first. */
  priced: PricedResult[];
  /** Results without a price, by accelerator, with the reason. */
  unpriced: { accelerator: string; why: string; rows: number[] }[];
  /** Results that are not told in tokens a second. */
  unmeasured: number;
}

/**
 * Gives measured results their cost. Rented: accelerators × price of an hour / (3600 × tokens/s) × 10⁶ for a million
 * output tokens, over the share of the year in use.
 */
export function priceResults(
  table: Table,
  rows: readonly number[],
  prices: Readonly<Record<string, UnitPrice>>,
  assumptions: CostAssumptions,
): PricedResults {
  const priced: PricedResult[] = [];
  const unpriced = new Map<string, PricedResults["unpriced"][number]>();
  let unmeasured = 0;
  for (const row of rows) {
    const tokensPerSecond = numberAt(table, "tokens_per_second", row);
    if (tokensPerSecond === null || tokensPerSecond <= 0) {
      unmeasured += 1;
      continue;
    }
    const accelerators = numberAt(table, "accelerators_total", row);
    const words = (name: string) => valueText(table.column(name).values[row] ?? null, name);
    const accelerator = words("accelerator");
    const isMixed = table.column("accelerator_mix").values[row] !== null;
    const tdpWatts = numberAt(table, "tdp_w", row);
    const price = isMixed ? null : (prices[accelerator] ?? null);
    const leave = (why: string) => {
      const key = `${accelerator}\n${why}`;
      const group = unpriced.get(key) ?? { accelerator, why, rows: [] };
      group.rows.push(row);
      unpriced.set(key, group);
    };
    if (accelerators === null) {
      leave("number of accelerators not known");
      continue;
    }
    const cost = costOfConfiguration(
      { accelerators, tdpWatts, neededTokensPerSecond: tokensPerSecond },
      price,
      assumptions,
    );
    if (cost.state === "unpriced") {
      leave(isMixed ? "mixed accelerators" : reasonOf(price, assumptions));
      continue;
    }
    const { perMillionTokens } = cost;
    const own = table.column("origin").values[row] === "official" ? "" : ", not verified by MLCommons";
    priced.push({
      row,
      id: words("id"),
      label: `${accelerators} × ${accelerator}, ${words("system_name")}, ${words("submitter")}${own}`,
      tokensPerSecond,
      pricePerHour: (perMillionTokens * tokensPerSecond * 3600 * assumptions.utilisation) / 1e6,
      perMillionTokens,
    });
  }
  return {
    priced: priced.sort((one, other) => one.perMillionTokens - other.perMillionTokens),
    unpriced: [...unpriced.values()],
    unmeasured,
  };
}

function reasonOf(price: UnitPrice | null, { pay }: CostAssumptions): string {
  if ((price?.[pay] ?? null) === null) return pay === "hourly" ? "no price to rent" : "no price to buy";
  return "rated power not known";
}
