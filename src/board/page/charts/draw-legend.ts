import * as Plot from "@observablehq/plot";
import type { Theme } from "../theme.tsx";
import type { LegendItem } from "./chart.ts";
import { seriesColor, seriesShape } from "./series.ts";
import { fitted, textWidth } from "./text-width.ts";

const lineHeightPx = 20;

/** The legend as a drawing, so that it can go into an exported picture too; null where there is one series. */
export function drawLegend(
  items: readonly LegendItem[],
  hasShapes: boolean,
  width: number,
  theme: Theme,
): SVGSVGElement | null {
  if (items.length < 2) return null;
  let left = 0;
  let line = 0;
  const shown = items.map((item) => ({ ...item, label: fitted(item.label, width - 34) }));
  const placed = shown.map((item) => {
    const itemWidth = 32 + textWidth(item.label);
    if (left > 0 && left + itemWidth > width) {
      left = 0;
      line += 1;
    }
    const place = { ...item, x: left + 7, y: line * lineHeightPx + lineHeightPx / 2 };
    left += itemWidth;
    return place;
  });
  const height = (line + 1) * lineHeightPx;
  const drawn = Plot.plot({
    width,
    height,
    margin: 0,
    style: { background: theme.paper, color: theme.ink, fontSize: "12px" },
    x: { axis: null, type: "identity" },
    y: { axis: null, type: "identity" },
    color: { type: "identity" },
    symbol: { type: "identity" },
    marks: [
      Plot.dot(placed, {
        x: "x",
        y: "y",
        r: 5,
        fill: ({ index }: LegendItem) => seriesColor(theme, index),
        symbol: ({ index }: LegendItem) => (hasShapes ? seriesShape(index) : "square"),
      }),
      Plot.text(placed, { x: "x", y: "y", dx: 11, text: "label", textAnchor: "start" }),
    ],
  });
  return drawn as SVGSVGElement;
}
