import * as Plot from "@observablehq/plot";
import type { Theme } from "../theme.tsx";
import type { Datum } from "./chart.ts";

/** A box with words at the mark nearest to the pointer; that mark is what a click opens. */
export function pointed<Point extends Datum>(
  points: readonly Point[],
  theme: Theme,
  channels: Plot.TipOptions,
): Plot.Tip {
  const style = { fill: theme.paper, stroke: theme.softInk, fontSize: 12, lineHeight: 1.25, textPadding: 7 };
  return Plot.tip(points as Point[], Plot.pointer({ ...style, ...channels }));
}
