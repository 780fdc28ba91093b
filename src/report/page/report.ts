import "uplot/dist/uPlot.min.css";
import "./report.css";
import type { Chart } from "../chart.ts";
import { type DrawnChart, drawChart } from "./draw-chart.ts";

const charts = JSON.parse(document.getElementById("charts")?.textContent ?? "[]") as Chart[];
const places = document.querySelectorAll<HTMLElement>("[data-chart]");
const drawn: DrawnChart[] = [];

for (const place of places) {
  const chart = charts[Number(place.dataset.chart)];
  if (chart !== undefined) drawn.push(drawChart(place, chart));
}

function redrawAll(width?: number): void {
  for (const chart of drawn) chart.redraw(width);
}

matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => redrawAll());
/** Half of the width of A4 within its margins, px. */
const columnOnPaper = 315;

// Canvases keep the colors they were drawn in, and paper is white.
addEventListener("beforeprint", () => {
  document.documentElement.classList.add("on-paper");
  redrawAll(columnOnPaper);
});
addEventListener("afterprint", () => {
  document.documentElement.classList.remove("on-paper");
  redrawAll();
});

for (const button of document.querySelectorAll<HTMLButtonElement>("[data-copy]")) {
  button.addEventListener("click", () => void copy(button));
}

async function copy(button: HTMLButtonElement): Promise<void> {
  const source = document.getElementById(button.dataset.copy ?? "");
  if (source === null) return;
  try {
    await navigator.clipboard.writeText(source.textContent ?? "");
    button.textContent = "Copied";
  } catch {
    // Pages from a file may not write to the clipboard everywhere: the text is marked for the reader to copy.
    getSelection()?.selectAllChildren(source);
    button.textContent = "Marked";
  }
  setTimeout(() => {
    button.textContent = "Copy";
  }, 1500);
}
