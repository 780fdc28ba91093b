/** Published prices of accelerators: what the chooser starts from, meant to be edited. */
export interface PriceTable {
  /** Of every price here. */
  currency: "USD";
  /** By the name that the accelerator has in the Open MLPerf dataset. */
  accelerators: Record<string, AcceleratorPrices>;
  /** The pages that the prices were read on, by key. */
  sources: Record<string, PriceSource>;
}

/** Prices of one accelerator, of one socket for processors; null where no page was found that states one. */
export interface AcceleratorPrices {
  /** To rent it for an hour on demand, its share of the machine and the power included. */
  hourly: Price | null;
  /** To buy it, the machine around it not included. */
  purchase: Price | null;
}

/** One published price. */
export interface Price {
  /** US dollars. */
  usd: number;
  /** Day of the page, or of its reading where the page bears none, e.g. `2026-09-20`. */
  on: string;
  /** Key of the page in `sources`. */
  source: string;
  /** What others ask and what the price is of; null when there is nothing to add. */
  note: string | null;
  /** What the others that publish a price ask, where all of it is known: `usd` stands in the middle. */
  others?: number[] | undefined;
}

/** A page that states prices. */
export interface PriceSource {
  title: string;
  publisher: string;
  url: string;
}

/** The bare amounts of a table, in US dollars, by accelerator. */
export function unitPrices(
  table: PriceTable,
): Record<string, { hourly: number | null; purchase: number | null }> {
  return Object.fromEntries(
    Object.entries(table.accelerators).map(([accelerator, { hourly, purchase }]) => [
      accelerator,
      { hourly: hourly?.usd ?? null, purchase: purchase?.usd ?? null },
    ]),
  );
}
