import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { textWidth } from "../charts/text-width.ts";
import { describeColumn, isNumeric, type Table } from "../data/table.ts";
import { columnTitle, unknownWord, valueText } from "../wording.ts";

/** Which column orders the rows. */
export interface Order {
  column: string;
  direction: "ascending" | "descending";
}

export interface VirtualTableProps {
  table: Table;
  rows: readonly number[];
  columnNames: readonly string[];
  order: Order | null;
  orderBy: (column: string) => void;
  openRow: (row: number) => void;
}

const rowHeightPx = 32;
const rowsBeyond = 8;
const leastWidthPx = 70;
const mostWidthPx = 220;
/** A heading takes up to so many lines. */
const headingLines = 2;
const measuredRows = 100;

/** A table of any number of rows, of which only those in sight are elements. */
export function VirtualTable({ table, rows, columnNames, order, orderBy, openRow }: VirtualTableProps) {
  const scroller = useRef<HTMLElement>(null);
  const [top, setTop] = useState(0);
  const [height, setHeight] = useState(600);
  useEffect(() => {
    const element = scroller.current;
    if (element === null) return;
    const observer = new ResizeObserver(() => setHeight(element.clientHeight));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  // Other rows begin at their first.
  useEffect(() => scroller.current?.scrollTo({ top: 0 }), [rows]);
  const widths = useMemo(() => columnWidths(table, rows, columnNames), [table, rows, columnNames]);
  const openingPlace = Math.max(0, columnNames.indexOf("system_name"));
  const last = Math.min(rows.length, Math.ceil((top + height) / rowHeightPx) + rowsBeyond);
  const first = Math.min(Math.max(0, Math.floor(top / rowHeightPx) - rowsBeyond), last);
  return (
    <section
      class="virtual"
      ref={scroller}
      aria-label="Results, scrolls"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard.
      tabIndex={0}
      onScroll={({ currentTarget }) => setTop(currentTarget.scrollTop)}
    >
      <table
        aria-label="Results"
        aria-rowcount={rows.length + 1}
        style={{ width: `${widths.reduce((sum, width) => sum + width, 0)}px` }}
      >
        <colgroup>
          {columnNames.map((name, place) => (
            <col key={name} style={{ width: `${widths[place]}px` }} />
          ))}
        </colgroup>
        <thead>
          <tr aria-rowindex={1}>
            {columnNames.map((name) => (
              <th
                key={name}
                scope="col"
                aria-sort={order?.column === name ? order.direction : "none"}
                class={isNumeric(name) ? "number" : undefined}
                title={`${columnTitle(name)}: ${describeColumn(name).meaning}`}
              >
                <button type="button" onClick={() => orderBy(name)}>
                  {columnTitle(name)}
                  {order?.column === name && (order.direction === "ascending" ? " ▲" : " ▼")}
                </button>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          <Gap rowCount={first} />
          {rows.slice(first, last).map((row, offset) => (
            <tr key={row} aria-rowindex={first + offset + 2} class={(first + offset) % 2 === 0 ? "" : "odd"}>
              {columnNames.map((name, place) => (
                <Cell
                  key={name}
                  table={table}
                  name={name}
                  row={row}
                  open={place === openingPlace ? openRow : null}
                />
              ))}
            </tr>
          ))}
          <Gap rowCount={rows.length - last} />
        </tbody>
      </table>
    </section>
  );
}

/** Room of rows that are out of sight. */
function Gap({ rowCount }: { rowCount: number }) {
  if (rowCount === 0) return null;
  return (
    // biome-ignore lint/a11y/noAriaHiddenOnFocusable: a row of a table takes no focus.
    <tr aria-hidden="true">
      <td style={{ height: `${rowCount * rowHeightPx}px` }} />
    </tr>
  );
}

function Cell(props: { table: Table; name: string; row: number; open: ((row: number) => void) | null }) {
  const { table, name, row, open } = props;
  const value = table.column(name).values[row] ?? null;
  const text = value === null ? "–" : valueText(value, name);
  return (
    <td class={isNumeric(name) ? "number" : undefined} title={value === null ? unknownWord : text}>
      {open === null ? (
        text
      ) : (
        <button type="button" class="link" onClick={() => open(row)}>
          {text}
        </button>
      )}
    </td>
  );
}

/** Columns as wide as their heading and the first rows ask for, within limits. */
function columnWidths(table: Table, rows: readonly number[], names: readonly string[]): number[] {
  return names.map((name) => {
    const { values } = table.column(name);
    const texts = new Set(rows.slice(0, measuredRows).map((row) => valueText(values[row] ?? null, name)));
    const widest = Math.max(
      headingWidth(columnTitle(name)) + 30,
      ...[...texts].map((text) => textWidth(text, 14) + 22),
    );
    return Math.round(Math.min(mostWidthPx, Math.max(leastWidthPx, widest)));
  });
}

/** The least width at which a heading fits into its lines, px. */
function headingWidth(title: string): number {
  const words = title.split(" ");
  const longest = Math.max(...words.map((word) => textWidth(word, 14)));
  // Room for the sign of the order beside a single word; of several words the last line has it.
  return words.length === 1 ? longest + 12 : Math.max(longest, (textWidth(title, 14) / headingLines) * 1.25);
}
