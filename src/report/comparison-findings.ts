import type { Comparison } from "../campaign/comparison.ts";
import { comparisonNotes, differenceCells, differenceTitles } from "../campaign/comparison-table.ts";
import { factsTable } from "./blocks.ts";
import { type Html, html } from "./html.ts";

/** What a comparison came to: a sentence for each side, the figures with their intervals, and what to bear in mind. */
export function comparisonFindings(comparison: Comparison): Html {
  const { base, sides, comparisons } = comparison;
  return html`<ul class="reasons">${comparisons.map(({ sentence }) => html`<li>${sentence}</li>`)}</ul>
${comparisons.map(({ name, differences }) => {
  const rows = differences.map(differenceCells);
  return html`<div class="scroll"><table class="figures"><thead><tr>${differenceTitles(base, name).map(
    (title) => html`<th scope="col">${title}</th>`,
  )}</tr></thead><tbody>${rows.map(
    ([title = "", ...cells]) =>
      html`<tr><th scope="row">${title}</th>${cells.map((cell) => html`<td>${cell}</td>`)}</tr>`,
  )}</tbody></table></div>`;
})}
${comparisonNotes(comparison).map((note) => html`<p class="note">${note}</p>`)}
<h2>Runs</h2>
${factsTable(sides.map(({ name, folders }) => [name, folders.join(", ")]))}`;
}
