import { numberText } from "../wording.ts";
import type { ChartTable } from "./chart.ts";

const mostRows = 200;

/** The figures of a chart, for those who read rather than look; each line opens the rows behind it. */
export function ChartTableView(props: {
  table: ChartTable;
  title: string;
  openRows: (rows: readonly number[], title: string) => void;
}) {
  const { table, title, openRows } = props;
  const left = table.rows.length - mostRows;
  const hasRows = table.rows.some(({ rows }) => rows.length > 0);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard.
    <section class="scroll" tabIndex={0} aria-label={`Table: ${title}`}>
      <table class="figures">
        <thead>
          <tr>
            {table.header.map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
            {hasRows && <th scope="col">results</th>}
          </tr>
        </thead>
        <tbody>
          {table.rows.slice(0, mostRows).map(({ cells, rows }, place) => (
            <tr key={rows[0] ?? place}>
              {cells.map((cell, index) => (
                <td key={table.header[index]}>{typeof cell === "number" ? numberText(cell) : cell}</td>
              ))}
              {hasRows && (
                <td>
                  {rows.length > 0 && (
                    <button type="button" class="link" onClick={() => openRows(rows, title)}>
                      {rows.length === 1 ? "open" : `open ${rows.length}`}
                    </button>
                  )}
                </td>
              )}
            </tr>
          ))}
        </tbody>
      </table>
      {left > 0 && <p class="note">{numberText(left)} more lines are in the CSV file.</p>}
    </section>
  );
}
