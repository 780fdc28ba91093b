import uPlot from "uplot";
import type { Chart, ChartAxis, ChartSeries } from "../chart.ts";

/** A chart on the page. */
export interface DrawnChart {
  /** Draws it anew in the colors of now, in the width of its place or in another one, px. */
  redraw(width?: number): void;
  /** Shows other data. */
  show(chart: Chart): void;
}

const chartHeight = 240;
const dash = [6, 4];

/** Draws a chart into `place` and keeps it as wide as its place. */
export function drawChart(place: HTMLElement, chart: Chart): DrawnChart {
  let shown = chart;
  let plot = plotOf(place, shown, place.clientWidth);
  const redraw = (width = place.clientWidth): void => {
    plot.destroy();
    plot = plotOf(place, shown, width);
  };
  new ResizeObserver(() => {
    const width = place.clientWidth;
    if (width > 0 && width !== plot.width) plot.setSize({ width, height: chartHeight });
  }).observe(place);
  return {
    redraw,
    show: (next) => {
      const isSameSeries = namesOf(next) === namesOf(shown);
      shown = next;
      if (isSameSeries) plot.setData(dataOf(next));
      else redraw();
    },
  };
}

function namesOf({ series }: Chart): string {
  return JSON.stringify(series.map(({ name }) => name));
}

function plotOf(place: HTMLElement, chart: Chart, width: number): uPlot {
  return new uPlot(
    {
      width: Math.max(200, width),
      height: chartHeight,
      scales: { x: xScaleOf(chart), y: scaleOf(chart.y, valuesOf(chart)) },
      axes: [axisOf(chart.x, "x"), axisOf(chart.y, "y")],
      series: [
        { label: chart.x.label, value: (_, value) => shortNumber(value) },
        ...chart.series.map(seriesOf),
      ],
      legend: { markers: { fill: (_, index) => legendFill(chart.series[index - 1], index) } },
      cursor: chart.cursorGroup === null ? {} : { sync: { key: chart.cursorGroup } },
      hooks: { draw: [(plot) => drawMarks(plot, chart), (plot) => drawTexts(plot, chart)] },
    },
    dataOf(chart),
    place,
  );
}

/** A line has an open mark in the legend, all others a full one. */
function legendFill(series: ChartSeries | undefined, index: number): string {
  const isOpen = series === undefined || series.style === "line";
  return isOpen ? "transparent" : seriesColor(series.color ?? index);
}

function dataOf({ xValues, series }: Chart): uPlot.AlignedData {
  return [[...xValues], ...series.map(({ values }) => [...values])];
}

function valuesOf({ series, marks }: Chart): number[] {
  const marked = marks.filter(({ axis }) => axis === "y").map(({ at }) => at);
  return [...series.flatMap(({ values }) => values.filter((value) => value !== null)), ...marked];
}

/** The outer bars need half a bar's room. */
function xScaleOf({ x, xValues, series }: Chart): uPlot.Scale {
  const first = xValues[0] ?? 0;
  const second = xValues[1] ?? first;
  const hasBars = series.some(({ style }) => style === "bars");
  return scaleOf(x, xValues, hasBars ? (second - first) / 2 : 0);
}

function scaleOf({ scale, ticks }: ChartAxis, values: readonly number[], room = 0): uPlot.Scale {
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
  return { ...common, range: (_, low, high, key) => linearRange({ low, high, key, values, room }) };
}

/** Values that hardly differ are not drawn as if they did. */
function leastRoom(low: number, high: number): number {
  const spread = Math.abs(high) / 20;
  return high - low >= spread ? 0 : (spread - (high - low)) / 2 + 0.001;
}

/** What is shown over time or as a count begins at zero, so that small differences do not look large. */
function linearRange({
  low,
  high,
  key,
  values,
  room,
}: {
  low: number | null;
  high: number | null;
  key: string;
  values: readonly number[];
  room: number;
}): uPlot.Range.MinMax {
  if (low === null || high === null) return [0, 1];
  if (key === "x") {
    // Room for half a bar or half a point on both sides.
    const shown = Math.max(room, (high - low) * 0.012, room > 0 ? 0 : leastRoom(low, high));
    return [low - shown, high + shown];
  }
  const most = Math.max(high, ...(values.length > 0 && values.length < 1000 ? values : [high]));
  return [Math.min(0, low), most > 0 ? most * 1.06 : 1];
}

function axisOf({ label, ticks, scale }: ChartAxis, side: "x" | "y"): uPlot.Axis {
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
    values: (_, splits) => tickTexts(splits),
  };
  if (scale === "log") {
    return {
      ...axis,
      splits: (_plot, _index, least, most) => roundNumbersBetween(least, most),
      filter: (_, splits) => splits,
    };
  }
  if (ticks === undefined) return axis;
  return {
    ...axis,
    splits: () => ticks.map(({ at }) => at),
    values: () => ticks.map(({ text }) => text),
    filter: (_, splits) => splits,
  };
}

/** 1, 2 and 5 times each power of ten; powers alone where those would be too many. */
function roundNumbersBetween(least: number, most: number): number[] {
  const from = Math.floor(Math.log10(least));
  const powers = Array.from(
    { length: Math.ceil(Math.log10(most)) - from + 1 },
    (_, index) => 10 ** (from + index),
  );
  const factors = powers.length > 4 ? [1] : [1, 2, 5];
  return powers
    .flatMap((power) => factors.map((factor) => factor * power))
    .filter((number) => number >= least && number <= most);
}

/** As many digits as tell neighbouring ticks apart. */
function tickTexts(splits: readonly number[]): string[] {
  for (const digits of [4, 5, 6, 7, 8]) {
    const texts = splits.map((split) => shortNumber(split, digits));
    if (new Set(texts).size === texts.length) return texts;
  }
  return splits.map(String);
}

const font = "12px system-ui, sans-serif";

function seriesOf({ name, style, color }: ChartSeries, index: number): uPlot.Series {
  const stroke = seriesColor(color ?? index + 1);
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

function seriesColor(number: number): string {
  return styleColor(`--series-${((number - 1) % 8) + 1}`);
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
    ctx.textAlign = "left";
    ctx.textBaseline = "alphabetic";
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
  ctx.textAlign = "left";
  ctx.textBaseline = "alphabetic";
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

/** At most so many digits, with a letter for thousands and more. */
function shortNumber(value: number | null, digits = 4): string {
  if (value === null) return "–";
  const size = Math.abs(value);
  if (size >= 1e6) return `${Number((value / 1e6).toPrecision(digits))} M`;
  if (size >= 1e4) return `${Number((value / 1e3).toPrecision(digits))} k`;
  return String(Number(value.toPrecision(digits)));
}
