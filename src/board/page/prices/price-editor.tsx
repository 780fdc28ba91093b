import { useRef, useState } from "preact/hooks";
import type { Price, PriceTable } from "../../../cost/price-table.ts";
import { saveFile } from "../charts/export-chart.ts";
import type { UrlState } from "../url-state.ts";
import {
  isEdited,
  type Payment,
  payments,
  priceChange,
  pricesOfFile,
  pricesOfState,
  resetPrices,
  tableOfState,
} from "./price-state.ts";

const headings: Readonly<Record<Payment, string>> = {
  hourly: "to rent, $ an hour",
  purchase: "to buy, $",
};

/** The price book: every price with its day and page, all to be changed; what was changed stands in the address. */
export function PriceEditor(props: {
  table: PriceTable;
  state: UrlState;
  /** Accelerators that the view shows, which stand first. */
  accelerators: readonly string[];
}) {
  const { table, state, accelerators } = props;
  const [failure, setFailure] = useState<string | null>(null);
  const input = useRef<HTMLInputElement>(null);
  const prices = pricesOfState(state, table);
  const names = [...new Set([...accelerators, ...Object.keys(prices)])];
  const edited = names.flatMap((name) => payments.filter((payment) => isEdited(state, name, payment))).length;
  async function take(file: File): Promise<void> {
    try {
      const content: unknown = JSON.parse(await file.text());
      state.set({ ...resetPrices(state), ...pricesOfFile(content, table) });
      setFailure(null);
    } catch (cause) {
      setFailure(`${file.name}: ${cause instanceof Error ? cause.message : String(cause)}`);
    }
  }
  const save = () => {
    const today = new Date().toISOString().slice(0, 10);
    const text = `${JSON.stringify(tableOfState(state, table, today), null, 1)}\n`;
    saveFile(new Blob([text], { type: "application/json" }), "prices.json");
  };
  return (
    <details class="prices">
      <summary>Prices of one accelerator{edited === 0 ? "" : `: ${edited} of your own`}</summary>
      <p class="note">
        Published prices date quickly and most buyers pay less: put your own in. They stand in the address of
        this page.
      </p>
      {failure !== null && (
        <p role="alert" class="alarm">
          {failure}
        </p>
      )}
      <div class="actions">
        <button type="button" onClick={() => state.set(resetPrices(state))} disabled={edited === 0}>
          Published prices again
        </button>
        <button type="button" onClick={save}>
          Download prices
        </button>
        <input
          ref={input}
          type="file"
          accept=".json"
          hidden
          aria-label="Price table as JSON"
          onChange={({ currentTarget }) => {
            const file = currentTarget.files?.[0];
            if (file !== undefined) void take(file);
            currentTarget.value = "";
          }}
        />
        <button type="button" onClick={() => input.current?.click()}>
          Open prices
        </button>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard. */}
      <section class="scroll tall" tabIndex={0} aria-label="Prices">
        <table>
          <thead>
            <tr>
              <th scope="col">accelerator</th>
              {payments.map((payment) => (
                <th key={payment} scope="col">
                  {headings[payment]}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {names.map((name) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                {payments.map((payment) => (
                  <td key={payment}>
                    <input
                      type="number"
                      min="0"
                      step="any"
                      aria-label={`${name} ${headings[payment]}`}
                      value={prices[name]?.[payment] ?? ""}
                      onChange={({ currentTarget }) =>
                        state.set(priceChange(name, payment, currentTarget.value))
                      }
                    />
                    {isEdited(state, name, payment) ? (
                      <button
                        type="button"
                        class="quiet"
                        aria-label={`Published price again: ${name} ${headings[payment]}`}
                        onClick={() => state.set(priceChange(name, payment, null))}
                      >
                        your own ×
                      </button>
                    ) : (
                      <PriceSource price={table.accelerators[name]?.[payment] ?? null} table={table} />
                    )}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </details>
  );
}

/** Day and page of a published price. */
function PriceSource({ price, table }: { price: Price | null; table: PriceTable }) {
  if (price === null) return <small> no price</small>;
  const source = table.sources[price.source];
  return (
    <small>
      {" "}
      {price.on}
      {source !== undefined && (
        <>
          ,{" "}
          <a href={source.url} title={source.title} rel="noreferrer">
            {source.publisher}
          </a>
        </>
      )}
      {price.note !== null && `; ${price.note}`}
    </small>
  );
}
