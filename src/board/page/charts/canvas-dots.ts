import type { RenderFunction } from "@observablehq/plot";

/** Above this many points a picture takes the place of elements, which would be slow to lay out. */
export const mostElements = 5000;

const svgNamespace = "http://www.w3.org/2000/svg";
const radiusPx = 3;

/** Draws the points of a mark into one picture within the chart, so that it is exported with it. */
export function canvasDots(colorOf: (index: number) => string): RenderFunction {
  return (index, _scales, values, dimensions) => {
    const { x = [], y = [] } = values as { x?: ArrayLike<number>; y?: ArrayLike<number> };
    const density = Math.max(2, devicePixelRatio);
    const canvas = document.createElement("canvas");
    canvas.width = dimensions.width * density;
    canvas.height = dimensions.height * density;
    const context = canvas.getContext("2d");
    const image = document.createElementNS(svgNamespace, "image");
    if (context === null) return image;
    context.scale(density, density);
    context.globalAlpha = 0.55;
    for (const point of index) {
      context.fillStyle = colorOf(point);
      context.beginPath();
      context.arc(x[point] ?? 0, y[point] ?? 0, radiusPx, 0, 2 * Math.PI);
      context.fill();
    }
    image.setAttribute("width", String(dimensions.width));
    image.setAttribute("height", String(dimensions.height));
    image.setAttribute("href", canvas.toDataURL());
    return image;
  };
}
