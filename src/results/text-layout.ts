import { stripVTControlCharacters, styleText } from "node:util";

/** Formats that `paint` knows: those of Node's `styleText`. */
export type TextFormat = Parameters<typeof styleText>[0];

/** Puts a format on text, or leaves it as it is. */
export type Paint = (format: TextFormat, text: string) => string;

/** Paints when `color` is true. Whether there should be color is the caller's to decide. */
export function painter(color: boolean): Paint {
  return color ? (format, text) => styleText(format, text, { validateStream: false }) : (_, text) => text;
}

/** Breaks text at blanks so that no line looks wider than `width`; a word that is wider stands alone. */
export function wrapText(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(/\s+/).filter((part) => part !== "")) {
    const last = lines.at(-1);
    if (last !== undefined && visibleLength(last) + 1 + visibleLength(word) <= width)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

function visibleLength(text: string): number {
  return stripVTControlCharacters(text).length;
}

/** Cuts text that is wider than `width` and marks the cut. */
export function truncateText(text: string, width: number): string {
  const line = stripVTControlCharacters(text).replaceAll(/\s+/g, " ").trim();
  return line.length <= width ? line : `${line.slice(0, Math.max(0, width - 1))}…`;
}

/** Text after a label; what does not fit goes on below the text, not below the label. */
export function labelled(label: string, text: string, width: number): string[] {
  const indent = " ".repeat(label.length);
  return wrapText(text, width - label.length).map((line, index) => `${index === 0 ? label : indent}${line}`);
}
