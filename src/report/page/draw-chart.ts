import uPlot from "uplot";
import type { Chart, ChartAxis, ChartSeries } from "../chart.ts";

/** A chart on the page. */
export interface DrawnChart {
  /** Draws it anew in the colors and the width of now. */
  redraw(): void;
  /** Shows other data. */
  show(chart: Chart): void;
}

const chartHeight = 240;
const dash = [6, 4];

/** Draws a chart into `place` and keeps it as wide as its place. */
export function drawChart(place: HTMLElement, chart: Chart): DrawnChart {
  let shown = chart;
  let plot = plotOf(place, shown);
  const redraw = (): void => {
    plot.destroy();
    plot = plotOf(place, shown);
  };
  new ResizeObserver(() => {
    const width = place.clientWidth;
    if (width > 0 && width !== plot.width) plot.setSize({ width, height: chartHeight });
  }).observe(place);
  return {
    redraw,
    show: (next) => {
      shown = next;
      plot.setData(dataOf(next));
    },
  };
}

function plotOf(place: HTMLElement, chart: Chart): uPlot {
  return new uPlot(
    {
      width: Math.max(200, place.clientWidth),
      height: chartHeight,
      scales: { x: scaleOf(chart.x, chart.xValues), y: scaleOf(chart.y, valuesOf(chart)) },
      axes: [axisOf(chart.x, "x"), axisOf(chart.y, "y")],
      series: [
        { label: chart.x.label, value: (_, value) => shortNumber(value) },
        ...chart.series.map(seriesOf),
      ],
      cursor: chart.cursorGroup === null ? {} : { sync: { key: chart.cursorGroup } },
      hooks: { draw: [(plot) => drawMarks(plot, chart), (plot) => drawTexts(plot, chart)] },
    },
    dataOf(chart),
    place,
  );
}

function dataOf({ xValues, series }: Chart): uPlot.AlignedData {
  return [[...xValues], ...series.map(({ values }) => [...values])];
}

function valuesOf({ series, marks }: Chart): number[] {
  const marked = marks.filter(({ axis }) => axis === "y").map(({ at }) => at);
  return [...series.flatMap(({ values }) => values.filter((value) => value !== null)), ...marked];
}

function scaleOf({ scale, ticks }: ChartAxis, values: readonly number[]): uPlot.Scale {
  if (scale === "log") {
    const [least, most] = [Math.min(...values), Math.max(...values)];
    return {
      time: false,
      distr: 3,
      range: () => (values.length === 0 ? [1, 10] : [least * 0.9, most * 1.1]),
    };
  }
  const common = { time: false } as const;
  if (ticks !== undefined) return common;
  return { ...common, range: (plot, low, high, key) => linearRange(plot, low, high, key, values) };
}

/** What is shown over time or as a count begins at zero, so that small differences do not look large. */
function linearRange(
  _plot: uPlot,
  low: number | null,
  high: number | null,
  key: string,
  values: readonly number[],
): uPlot.Range.MinMax {
  if (low === null || high === null) return [0, 1];
  if (key === "x") {
    // Room for half a bar or half a point on both sides.
    const room = low === high ? Math.abs(low) / 10 + 0.001 : (high - low) * 0.012;
    return [low - room, high + room];
  }
  const most = Math.max(high, ...(values.length > 0 && values.length < 1000 ? values : [high]));
  return [Math.min(0, low), most > 0 ? most * 1.06 : 1];
}

function axisOf({ label, ticks }: ChartAxis, side: "x" | "y"): uPlot.Axis {
  const color = styleColor("--soft-ink");
  const grid = { stroke: styleColor("--grid"), width: 1 };
  const axis: uPlot.Axis = {
    label,
    labelSize: 20,
    labelFont: font,
    font,
    stroke: color,
    grid,
    ticks: { ...grid, size: 4 },
    size: side === "x" ? 32 : 56,
    values: (_, splits) => splits.map((split) => (split === null ? "" : shortNumber(split))),
  };
  if (ticks === undefined) return axis;
  return {
    ...axis,
    splits: () => ticks.map(({ at }) => at),
    values: () => ticks.map(({ text }) => text),
    filter: (_, splits) => splits,
  };
}

const font = "12px system-ui, sans-serif";

function seriesOf({ name, style }: ChartSeries, index: number): uPlot.Series {
  const stroke = styleColor(`--series-${(index % 8) + 1}`);
  const base: uPlot.Series = {
    label: name,
    stroke,
    spanGaps: true,
    value: (_, value) => (value === null ? "–" : shortNumber(value)),
  };
  switch (style) {
    case "line":
      return { ...base, width: 1.5, points: { show: false } };
    case "steps":
      return { ...base, width: 1.5, points: { show: false }, paths: steps() };
    case "bars":
      return { ...base, width: 0, fill: stroke, points: { show: false }, paths: bars() };
    case "points":
      return {
        ...base,
        width: 0,
        paths: () => null,
        points: { show: true, size: 5, fill: stroke, width: 0 },
      };
  }
}

function steps(): uPlot.Series.PathBuilder {
  return uPlot.paths.stepped?.({ align: 1 }) ?? (() => null);
}

function bars(): uPlot.Series.PathBuilder {
  return uPlot.paths.bars?.({ size: [1, 100], gap: 1 }) ?? (() => null);
}

function drawMarks(plot: uPlot, { marks }: Chart): void {
  const { ctx, bbox } = plot;
  const ratio = devicePixelRatio;
  for (const { axis, at, text } of marks) {
    const place = plot.valToPos(at, axis, true);
    const isX = axis === "x";
    if (
      isX
        ? place < bbox.left || place > bbox.left + bbox.width
        : place < bbox.top || place > bbox.top + bbox.height
    )
      continue;
    ctx.save();
    ctx.strokeStyle = ctx.fillStyle = styleColor("--limit");
    ctx.lineWidth = 1.5 * ratio;
    ctx.setLineDash(dash.map((length) => length * ratio));
    ctx.beginPath();
    ctx.moveTo(isX ? place : bbox.left, isX ? bbox.top : place);
    ctx.lineTo(isX ? place : bbox.left + bbox.width, isX ? bbox.top + bbox.height : place);
    ctx.stroke();
    ctx.font = `${11 * ratio}px system-ui, sans-serif`;
    const width = ctx.measureText(text).width;
    const pad = 4 * ratio;
    if (isX) {
      const fitsRight = place + pad + width < bbox.left + bbox.width;
      ctx.fillText(text, fitsRight ? place + pad : place - pad - width, bbox.top + bbox.height - 6 * ratio);
    } else {
      const isLow = place - 14 * ratio < bbox.top;
      ctx.fillText(text, bbox.left + bbox.width - width - pad, isLow ? place + 13 * ratio : place - pad);
    }
    ctx.restore();
  }
}

function drawTexts(plot: uPlot, chart: Chart): void {
  const { ctx, bbox } = plot;
  const ratio = devicePixelRatio;
  ctx.save();
  ctx.fillStyle = styleColor("--soft-ink");
  ctx.font = `${11 * ratio}px system-ui, sans-serif`;
  for (const { texts, values } of chart.series) {
    for (const [index, text] of (texts ?? []).entries()) {
      const x = chart.xValues[index];
      const y = values[index];
      if (text === null || x === undefined || y === null || y === undefined) continue;
      const left = plot.valToPos(x, "x", true) + 6 * ratio;
      const width = ctx.measureText(text).width;
      const isOut = left + width > bbox.left + bbox.width;
      ctx.fillText(text, isOut ? left - width - 12 * ratio : left, plot.valToPos(y, "y", true) - 5 * ratio);
    }
  }
  ctx.restore();
}

/** A color of the page's style sheet. */
function styleColor(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim() || "gray";
}

/** At most four digits, with a letter for thousands and more. */
function shortNumber(value: number | null): string {
  if (value === null) return "–";
  const size = Math.abs(value);
  if (size >= 1e6) return `${Number((value / 1e6).toPrecision(4))} M`;
  if (size >= 1e4) return `${Number((value / 1e3).toPrecision(4))} k`;
  return String(Number(value.toPrecision(4)));
}
