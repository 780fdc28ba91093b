const context = document.createElement("canvas").getContext("2d");

/** Width of a text of charts, px. */
export function textWidth(text: string, sizePx = 12): number {
  if (context === null) return text.length * sizePx * 0.6;
  context.font = `${sizePx}px system-ui, sans-serif`;
  return context.measureText(text).width;
}

/** The width of the longest of several texts, px. */
export function widestText(texts: readonly string[]): number {
  return Math.max(0, ...texts.map((text) => textWidth(text)));
}

/** A text, cut with an ellipsis where it does not fit. */
export function fitted(text: string, widthPx: number): string {
  if (textWidth(text) <= widthPx) return text;
  let length = text.length - 1;
  while (length > 1 && textWidth(`${text.slice(0, length)}…`) > widthPx) length -= 1;
  return `${text.slice(0, length)}…`;
}
