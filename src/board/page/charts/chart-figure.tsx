import * as Plot from "@observablehq/plot";
import { useEffect, useRef, useState } from "preact/hooks";
import { useTheme } from "../theme.tsx";
import { capitalised } from "../wording.ts";
import type { Chart, Datum } from "./chart.ts";
import { ChartTableView } from "./chart-table-view.tsx";
import { drawLegend } from "./draw-legend.ts";
import { fileNameOf, type Picture, savePng, saveSvg, saveTable } from "./export-chart.ts";

export interface ChartFigureProps {
  chart: Chart;
  /** What the rows were filtered by, in words; exported pictures carry it. */
  selection: string;
  openRows: (rows: readonly number[], title: string) => void;
}

/** A chart, or a word where no row has what it shows. */
export function ChartFigure(props: ChartFigureProps) {
  const { chart } = props;
  if (!chart.isEmpty) return <DrawnChart {...props} />;
  return (
    <p role="alert" class="empty">
      There is nothing to draw: {capitalised(chart.title)}. {chart.notes.join(" ")}
    </p>
  );
}

/** A chart with its legend, its exports and its figures as a table. A click on a mark opens the rows behind it. */
function DrawnChart({ chart, selection, openRows }: ChartFigureProps) {
  const theme = useTheme();
  const title = capitalised(chart.title);
  const notes = chart.themeNote === undefined ? chart.notes : [...chart.notes, chart.themeNote(theme)];
  const place = useRef<HTMLDivElement>(null);
  const picture = useRef<Picture | null>(null);
  const width = useWidth(place);
  const [isTableShown, setTableShown] = useState(false);
  useEffect(() => {
    const parent = place.current;
    if (parent === null || width === 0) return;
    const plot = Plot.plot({
      ...chart.options(width, theme),
      width,
      style: { background: theme.paper, color: theme.ink, fontSize: "12px", overflow: "visible" },
    }) as SVGSVGElement & { value?: Datum | null };
    plot.addEventListener("click", () => {
      if (plot.value && plot.value.rows.length > 0) openRows(plot.value.rows, title);
    });
    const legend = drawLegend(chart.legend, chart.hasShapes, width, theme);
    const drawings = legend === null ? [plot] : [legend, plot];
    // Words for the whole stand around it; names of single marks would only add noise.
    for (const drawing of drawings) drawing.setAttribute("aria-hidden", "true");
    parent.replaceChildren(...drawings);
    picture.current = { title, lines: [selection, ...notes], plot, legend, theme };
  }, [chart, title, selection, openRows, theme, width]);
  const series = chart.legend.map(({ label }) => label).join(", ");
  const legendWords = series === "" ? "" : ` Series: ${series}.`;
  const name = fileNameOf(chart.title);
  const withPicture = (save: (picture: Picture, name: string) => void) => () => {
    if (picture.current !== null) save(picture.current, name);
  };
  return (
    <figure class="chart">
      <figcaption>
        <p class="chart-title">{title}</p>
        {notes.map((note) => (
          <p key={note} class="note">
            {note}
          </p>
        ))}
      </figcaption>
      <div
        class="plot"
        ref={place}
        role="img"
        aria-label={`Chart: ${title}.${legendWords} The table below holds its figures.`}
      />
      <div class="actions">
        <button type="button" aria-expanded={isTableShown} onClick={() => setTableShown(!isTableShown)}>
          {isTableShown ? "Hide table" : "Show as table"}
        </button>
        <button type="button" onClick={withPicture(saveSvg)}>
          SVG
        </button>
        <button type="button" onClick={withPicture((drawn, file) => void savePng(drawn, file))}>
          PNG
        </button>
        <button type="button" onClick={() => saveTable(chart.table(), name)}>
          CSV
        </button>
      </div>
      {isTableShown && <ChartTableView table={chart.table()} title={title} openRows={openRows} />}
    </figure>
  );
}

function useWidth(place: { current: HTMLElement | null }): number {
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const element = place.current;
    if (element === null) return;
    const observer = new ResizeObserver(([entry]) => setWidth(Math.floor(entry?.contentRect.width ?? 0)));
    observer.observe(element);
    return () => observer.disconnect();
  }, [place]);
  return width;
}
