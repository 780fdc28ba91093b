import type { Theme } from "../theme.tsx";

const svgNamespace = "http://www.w3.org/2000/svg";

/** What is filled with it holds nothing. */
export function hatchPaint({ name }: Theme): string {
  return `url(#nothing-${name})`;
}

/** The pattern as a mark of a chart, so that it goes into exported pictures too. */
export function hatching(theme: Theme): () => SVGElement {
  return () => {
    const definitions = document.createElementNS(svgNamespace, "defs");
    const pattern = document.createElementNS(svgNamespace, "pattern");
    const line = document.createElementNS(svgNamespace, "path");
    const attributes = [
      [pattern, { id: `nothing-${theme.name}`, width: 7, height: 7, patternUnits: "userSpaceOnUse" }],
      [line, { d: "M-1,8 L8,-1 M-1,1 L1,-1 M6,8 L8,6", stroke: theme.grid, "stroke-width": 1.2 }],
    ] as const;
    for (const [element, values] of attributes)
      for (const [name, value] of Object.entries(values)) element.setAttribute(name, String(value));
    pattern.append(line);
    definitions.append(pattern);
    return definitions;
  };
}
