import { columnTitle, numberText } from "../wording.ts";
import type { ComparedLine } from "./compared-results.ts";
import type { ComparedSystem } from "./compared-systems.ts";
import { SystemHeadings } from "./system-headings.tsx";

/** Results side by side with their relation to the first system; a press opens those behind a figure. */
export function ResultTable(props: {
  systems: readonly ComparedSystem[];
  lines: readonly ComparedLine[];
  measure: string;
  openRows: (rows: readonly number[], title: string) => void;
}) {
  const { systems, lines, measure, openRows } = props;
  const title = `Results: ${columnTitle(measure)}`;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard.
    <section class="scroll" tabIndex={0} aria-label={title}>
      <table class="stacked results-of">
        <caption>{title}, best of each; × in relation to the first</caption>
        <thead>
          <tr>
            <th scope="col">benchmark</th>
            <th scope="col">scenario</th>
            <SystemHeadings systems={systems} />
          </tr>
        </thead>
        <tbody>
          {lines.map(({ benchmark, scenario, results }) => (
            <tr key={`${benchmark} ${scenario}`}>
              <th scope="row">{benchmark}</th>
              <td>{scenario}</td>
              {results.map((result, place) => (
                <td key={systems[place]?.key} data-name={`system ${place + 1}`}>
                  {result === null ? (
                    <span class="soft">no result</span>
                  ) : (
                    <>
                      <button
                        type="button"
                        class="link"
                        onClick={() => openRows(result.rows, `${benchmark}, ${scenario}`)}
                      >
                        {numberText(result.value)}
                      </button>
                      {place > 0 && result.ratio !== null && (
                        <span class="ratio"> ({numberText(result.ratio)} ×)</span>
                      )}
                      {result.rows.length > 1 && <small> best of {result.rows.length}</small>}
                    </>
                  )}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
