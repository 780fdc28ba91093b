import { useMemo } from "preact/hooks";
import { compareValues, distinctValues, groupRows } from "../data/group-rows.ts";
import { bestRow, numberAt } from "../data/measures.ts";
import type { Table } from "../data/table.ts";
import { numberText, resultCount, valueText } from "../wording.ts";

/** The best result of every model and scenario; a press on one shows all of it. */
export function BestResults(props: {
  table: Table;
  rows: readonly number[];
  measure: string;
  openRows: (rows: readonly number[], title: string) => void;
}) {
  const { table, rows, measure, openRows } = props;
  const { scenarios, lines } = useMemo(() => {
    const models = [...groupRows(table, "benchmark_family", rows)].sort(([a], [b]) => compareValues(a, b));
    return {
      scenarios: distinctValues(table, "scenario", rows).map(String),
      lines: models.map(([model, ofModel]) => ({
        model: String(model),
        best: new Map(
          [...groupRows(table, "scenario", ofModel)].map(([scenario, group]) => [
            String(scenario),
            { row: bestRow(table, measure, group), group },
          ]),
        ),
      })),
    };
  }, [table, rows, measure]);
  const words = (name: string, row: number) => valueText(table.column(name).values[row] ?? null, name);
  const title = `Best of each model and scenario, ${measure === "tokens_per_second" ? "tokens/s of the whole system" : "tokens/s per accelerator"}`;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard.
    <section class="scroll" tabIndex={0} aria-label={title}>
      <table class="stacked best">
        <caption>{title}</caption>
        <thead>
          <tr>
            <th scope="col">model</th>
            {scenarios.map((scenario) => (
              <th key={scenario} scope="col">
                {scenario}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {lines.map(({ model, best }) => (
            <tr key={model}>
              <th scope="row">{model}</th>
              {scenarios.map((scenario) => {
                const found = best.get(scenario);
                if (found === undefined)
                  return (
                    <td key={scenario} class="soft" data-name={scenario}>
                      –
                    </td>
                  );
                const { row, group } = found;
                if (row === null)
                  return (
                    <td key={scenario} data-name={scenario}>
                      <button type="button" class="link" onClick={() => openRows(group, title)}>
                        {resultCount(group.length)}
                      </button>
                      <small>not in tokens/s</small>
                    </td>
                  );
                return (
                  <td key={scenario} data-name={scenario}>
                    <button type="button" class="link" onClick={() => openRows([row], title)}>
                      {numberText(numberAt(table, measure, row) ?? 0)}
                    </button>
                    <small>
                      {words("accelerators_total", row)} × {words("accelerator", row)}
                    </small>
                    <small>
                      {words("submitter", row)},{" "}
                      {table.column("origin").values[row] === "official"
                        ? words("round", row)
                        : "not verified by MLCommons"}
                    </small>
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
      <p class="note">
        Accuracy variants of a model (99, 99.9) share a line; the round stands with each figure.
      </p>
    </section>
  );
}
