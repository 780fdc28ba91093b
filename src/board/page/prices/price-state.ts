import { type PriceTable, unitPrices } from "../../../cost/price-table.ts";
import type { UnitPrice } from "../../../predict/configuration-cost.ts";
import type { UrlState } from "../url-state.ts";

/** What a price is for. */
export const payments = ["hourly", "purchase"] as const;
export type Payment = (typeof payments)[number];

const prefix = "price.";
/** Stands in the address for a published price that the user took away. */
const removed = "none";

/** Prices that hold: the published ones, with those of the address in their place. */
export function pricesOfState(state: UrlState, table: PriceTable): Record<string, UnitPrice> {
  const prices = unitPrices(table);
  for (const [name, text] of state.parameters) {
    const place = placeOf(name);
    if (place === null) continue;
    const known = prices[place.accelerator] ?? { hourly: null, purchase: null };
    prices[place.accelerator] = { ...known, [place.payment]: amountOf(text) };
  }
  return prices;
}

/** True where the user has put a price of their own in the place of a published one. */
export function isEdited(state: UrlState, accelerator: string, payment: Payment): boolean {
  return state.parameters.has(parameterOf(accelerator, payment));
}

/** What the address must say for a price; null takes the published one again, an empty text takes it away. */
export function priceChange(
  accelerator: string,
  payment: Payment,
  text: string | null,
): Record<string, string | null> {
  return { [parameterOf(accelerator, payment)]: text === "" ? removed : text };
}

/** What the address must say to have all published prices again. */
export function resetPrices({ parameters }: UrlState): Record<string, null> {
  return Object.fromEntries(
    [...parameters.keys()].filter((name) => placeOf(name) !== null).map((name) => [name, null]),
  );
}

/** What the address must say for the prices of a file: those that differ from the published ones. */
export function pricesOfFile(content: unknown, table: PriceTable): Record<string, string | null> {
  const { accelerators } = Object(content) as { accelerators?: unknown };
  if (typeof accelerators !== "object" || accelerators === null)
    throw new Error("This is no price table: it has no accelerators.");
  const published = unitPrices(table);
  const changes: Record<string, string | null> = {};
  const problems: string[] = [];
  for (const [accelerator, entry] of Object.entries(accelerators))
    for (const payment of payments) {
      const told = (Object(entry) as Record<string, unknown>)[payment] ?? null;
      const usd = told === null ? null : (Object(told) as { usd?: unknown }).usd;
      if (usd !== null && !(typeof usd === "number" && usd > 0 && Number.isFinite(usd)))
        problems.push(`${accelerator}, ${payment}: usd must be a number above 0`);
      else if (usd !== (published[accelerator]?.[payment] ?? null))
        Object.assign(changes, priceChange(accelerator, payment, usd === null ? "" : String(usd)));
    }
  if (problems.length > 0) throw new Error(`This is no price table: ${problems.join("; ")}.`);
  return changes;
}

/** The prices that hold as a table of the same form; the user's own bear the day and no page. */
export function tableOfState(state: UrlState, table: PriceTable, today: string): PriceTable {
  const own = "own";
  const prices = pricesOfState(state, table);
  const accelerators = Object.entries(prices).map(([accelerator, unit]) => {
    const price = (payment: Payment) => {
      const usd = unit[payment];
      if (usd === null) return null;
      if (!isEdited(state, accelerator, payment)) return table.accelerators[accelerator]?.[payment] ?? null;
      return { usd, on: today, source: own, note: null };
    };
    return [accelerator, { hourly: price("hourly"), purchase: price("purchase") }] as const;
  });
  const ownSource = { title: "Own price", publisher: "FlexBoard", url: location.href };
  return {
    currency: "USD",
    accelerators: Object.fromEntries(accelerators),
    sources: { ...table.sources, [own]: ownSource },
  };
}

/** The parameters of an address that tell prices and assumptions; other views keep them. */
export function costParameters(parameters: URLSearchParams): [string, string][] {
  return [...parameters].filter(([name]) => placeOf(name) !== null || name.startsWith("assume."));
}

function parameterOf(accelerator: string, payment: Payment): string {
  return `${prefix}${payment}.${accelerator}`;
}

function placeOf(name: string): { accelerator: string; payment: Payment } | null {
  for (const payment of payments) {
    const start = `${prefix}${payment}.`;
    if (name.startsWith(start)) return { accelerator: name.slice(start.length), payment };
  }
  return null;
}

function amountOf(text: string): number | null {
  const amount = Number(text);
  return text !== removed && amount > 0 && Number.isFinite(amount) ? amount : null;
}
