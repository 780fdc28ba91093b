import { csvText } from "../../../results/csv-text.ts";
import type { Theme } from "../theme.tsx";
import type { ChartTable } from "./chart.ts";

/** What an exported picture is put together from. */
export interface Picture {
  title: string;
  /** Filters and warnings: a picture that is passed on must say what is in it. */
  lines: readonly string[];
  plot: SVGSVGElement;
  legend: SVGSVGElement | null;
  theme: Theme;
}

const svgNamespace = "http://www.w3.org/2000/svg";
const marginPx = 16;
const letterWidthPx = 6.4;

/** One SVG document of title, legend, chart and notes. */
export function composeSvg({ title, lines, plot, legend, theme }: Picture): SVGSVGElement {
  const width = plot.width.baseVal.value + 2 * marginPx;
  const whole = document.createElementNS(svgNamespace, "svg");
  let top = marginPx;
  const addText = (text: string, sizePx: number, weight: string, color: string) => {
    const element = document.createElementNS(svgNamespace, "text");
    element.textContent = text;
    const y = top + sizePx;
    const attributes = { x: marginPx, y, "font-size": sizePx, "font-weight": weight, fill: color };
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
    whole.append(element);
    top += sizePx * 1.5;
  };
  const addDrawing = (drawing: SVGSVGElement) => {
    const copy = drawing.cloneNode(true) as SVGSVGElement;
    copy.removeAttribute("aria-hidden");
    copy.setAttribute("x", String(marginPx));
    copy.setAttribute("y", String(top));
    whole.append(copy);
    top += drawing.height.baseVal.value + 6;
  };
  const paper = document.createElementNS(svgNamespace, "rect");
  whole.append(paper);
  for (const line of wrap(title, width, 1.2)) addText(line, 15, "600", theme.ink);
  if (legend !== null) addDrawing(legend);
  addDrawing(plot);
  for (const line of lines.flatMap((each) => wrap(each, width, 1))) addText(line, 12, "400", theme.softInk);
  const height = Math.ceil(top + marginPx);
  whole.setAttribute("xmlns", svgNamespace);
  whole.setAttribute("role", "img");
  whole.setAttribute("aria-label", title);
  whole.setAttribute("viewBox", `0 0 ${width} ${height}`);
  for (const element of [whole, paper]) {
    element.setAttribute("width", String(width));
    element.setAttribute("height", String(height));
  }
  whole.setAttribute("font-family", "system-ui, sans-serif");
  paper.setAttribute("fill", theme.paper);
  return whole;
}

/** Saves a picture as SVG. */
export function saveSvg(picture: Picture, name: string): void {
  saveFile(new Blob([svgText(picture)], { type: "image/svg+xml" }), `${name}.svg`);
}

/** Saves a picture as PNG, with two dots for each px. */
export async function savePng(picture: Picture, name: string): Promise<void> {
  const text = svgText(picture);
  const image = new Image();
  image.src = URL.createObjectURL(new Blob([text], { type: "image/svg+xml" }));
  try {
    await image.decode();
    const canvas = document.createElement("canvas");
    canvas.width = image.width * 2;
    canvas.height = image.height * 2;
    canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, "image/png"));
    if (blob !== null) saveFile(blob, `${name}.png`);
  } finally {
    URL.revokeObjectURL(image.src);
  }
}

/** Saves the figures of a chart as CSV. */
export function saveTable({ header, rows }: ChartTable, name: string): void {
  const text = csvText([header, ...rows.map(({ cells }) => cells)], "\r\n");
  saveFile(new Blob([text], { type: "text/csv" }), `${name}.csv`);
}

/** Hands a file to the browser's downloads. */
export function saveFile(content: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  // The download has its own hold on the data once it has begun.
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** A title as the name of a file. */
export function fileNameOf(title: string): string {
  return title
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-|-$/g, "")
    .slice(0, 80);
}

function svgText(picture: Picture): string {
  return new XMLSerializer().serializeToString(composeSvg(picture));
}

function wrap(text: string, width: number, letterScale: number): string[] {
  const most = Math.floor((width - 2 * marginPx) / (letterWidthPx * letterScale));
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last === undefined || last.length + word.length + 1 > most) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}
