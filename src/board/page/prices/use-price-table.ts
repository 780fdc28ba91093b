import type { PriceTable } from "../../../cost/price-table.ts";
import type { BoardSettings } from "../board-settings.ts";
import { readJson } from "../read-json.ts";
import { useAnswer } from "../use-answer.ts";

const noPrices: PriceTable = { currency: "USD", accelerators: {}, sources: {} };

/** The board's price table; one without prices where there is none or it cannot be read, which `failure` tells. */
export function usePriceTable({ prices: url }: BoardSettings): {
  table: PriceTable | null;
  failure: string | null;
} {
  const { content, failure } = useAnswer(url, async () => {
    const content = (await readJson(url ?? "")) as PriceTable;
    if (typeof content?.accelerators !== "object" || typeof content.sources !== "object")
      throw new Error(`${url} is no price table.`);
    return content;
  });
  if (url === null) return { table: noPrices, failure: null };
  if (failure !== null) return { table: noPrices, failure: failure.message };
  return { table: content, failure: null };
}
