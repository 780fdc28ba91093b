import { useMemo } from "preact/hooks";
import type { PriceTable } from "../../../cost/price-table.ts";
import { ChartFigure } from "../charts/chart-figure.tsx";
import { Choice } from "../choice.tsx";
import { costBars, costScatter } from "../cost/cost-charts.ts";
import { costColumns, type PricedResults, priceResults } from "../cost/priced-results.ts";
import { SensitivityTable } from "../cost/sensitivity-table.tsx";
import { distinctValues } from "../data/group-rows.ts";
import { FilterBar } from "../filters/filter-bar.tsx";
import { MixedNotice, mixedWords } from "../filters/mixed-notice.tsx";
import { comparableResults } from "../filters/own-filters.ts";
import { useSelection } from "../filters/use-selection.ts";
import { AssumptionFields, assumptionsOfState } from "../prices/assumptions.tsx";
import { PriceEditor } from "../prices/price-editor.tsx";
import { pricesOfState } from "../prices/price-state.ts";
import { usePriceTable } from "../prices/use-price-table.ts";
import type { View, ViewProps } from "../view.ts";
import { resultCount } from "../wording.ts";

function Cost(props: ViewProps) {
  const { table: prices, failure } = usePriceTable(props.settings);
  if (prices === null) return <p role="status">Reading prices …</p>;
  return (
    <>
      {failure !== null && (
        <p role="alert" class="alarm">
          Prices: {failure}
        </p>
      )}
      <Costs {...props} prices={prices} />
    </>
  );
}

function Costs({ table, state, openRows, prices }: ViewProps & { prices: PriceTable }) {
  const selection = useSelection(table, state, comparableResults, costColumns);
  const { rows, isReady, words } = selection;
  const unitPrices = pricesOfState(state, prices);
  const assumptions = assumptionsOfState(state);
  const basis = JSON.stringify({ unitPrices, assumptions });
  const results = useMemo(
    () => (isReady ? priceResults(table, rows, unitPrices, assumptions) : null),
    [table, rows, isReady, basis],
  );
  const charts = useMemo(() => {
    if (results === null || results.priced.length === 0) return null;
    return { bars: costBars(table, results.priced), scatter: costScatter(table, results.priced) };
  }, [table, results]);
  const mixed = useMemo(() => (rows.length === 0 ? [] : mixedWords(table, rows, [])), [table, rows]);
  const accelerators = useMemo(
    () =>
      isReady
        ? distinctValues(table, "accelerator", rows).flatMap((value) =>
            value === null ? [] : [String(value)],
          )
        : [],
    [table, rows, isReady],
  );
  const told = `${words} Prices as of the board's price book and the address.${mixed.length === 0 ? "" : ` Not comparable as it stands: mixes ${mixed.join("; ")}.`}`;
  const chosen = results?.priced.find(({ id }) => id === state.get("sensitivity", "")) ?? results?.priced[0];
  return (
    <>
      <FilterBar table={table} state={state} selection={selection} />
      <div class="controls">
        <AssumptionFields state={state} />
      </div>
      <PriceEditor table={prices} state={state} accelerators={accelerators} />
      <MixedNotice words={mixed} />
      {results !== null && rows.length > 0 && (
        <>
          {charts === null ? (
            <p role="alert" class="empty">
              None of these results has a price. Put one in above.
            </p>
          ) : (
            <>
              <ChartFigure chart={charts.bars} selection={told} openRows={openRows} />
              <ChartFigure chart={charts.scatter} selection={told} openRows={openRows} />
            </>
          )}
          <Unpriced results={results} openRows={openRows} />
          {chosen !== undefined && (
            <>
              <h2>If price or throughput were other</h2>
              <div class="controls">
                <Choice
                  label="Result"
                  value={chosen.id}
                  options={results.priced.map(({ id, label }) => [id, label] as const)}
                  choose={(value) => state.set({ sensitivity: value })}
                />
              </div>
              <SensitivityTable result={chosen} />
            </>
          )}
          <p class="note">
            Cost of a million output tokens = price of an hour × accelerators ÷ (3600 × tokens/s) × 1,000,000,
            over the share of the year in use. Prices of accelerators rented alone hold the machine around
            them; what a purchase adds is among the assumptions.
          </p>
        </>
      )}
    </>
  );
}

/** What has no cost, and why: nothing falls out in silence. */
function Unpriced(props: {
  results: PricedResults;
  openRows: (rows: readonly number[], title: string) => void;
}) {
  const { unpriced, unmeasured } = props.results;
  if (unpriced.length === 0 && unmeasured === 0) return null;
  return (
    <>
      <h2>Without a cost</h2>
      <ul class="results unpriced">
        {unpriced.map(({ accelerator, why, rows }) => (
          <li key={accelerator + why}>
            {accelerator}: {why},{" "}
            <button type="button" class="link" onClick={() => props.openRows(rows, `${accelerator}: ${why}`)}>
              {resultCount(rows.length)}
            </button>
          </li>
        ))}
        {unmeasured > 0 && <li>{resultCount(unmeasured)} not told in tokens/s</li>}
      </ul>
    </>
  );
}

/** What measured results cost, by prices that the user edits. */
export const cost: View = { id: "cost", title: "Cost", needsData: true, render: Cost };
