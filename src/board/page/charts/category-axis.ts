import type { PlotOptions } from "@observablehq/plot";
import { columnLabel } from "../wording.ts";
import type { Group, Grouping } from "./category-groups.ts";
import { categoryMargin } from "./category-groups.ts";
import type { Facet } from "./facets.ts";
import { fitted, textWidth } from "./text-width.ts";

/** Where a group stands along the axis of categories. */
export function placeOf({ category, series }: Group): string {
  return `${category}\n${series}`;
}

/** A place for each category and series, with words beside it: colour is never all that tells a series. */
export class CategoryAxis {
  readonly places: readonly string[];
  readonly #words = new Map<string, { category: string; series: string }>();

  constructor({ categories, groups }: Grouping) {
    for (const category of categories) {
      let isFirst = true;
      for (const group of groups) {
        if (group.category !== category || this.#words.has(placeOf(group))) continue;
        this.#words.set(placeOf(group), { category: isFirst ? category : "", series: group.label });
        isFirst = false;
      }
    }
    this.places = [...this.#words.keys()];
  }

  /** The axis at a width, and the one of parts. */
  options(width: number, facet: Facet, padding: number): PlotOptions {
    const marginLeft = categoryMargin(
      [...this.#words.values()].map((words) => joined(words)),
      width,
    );
    return {
      marginLeft,
      marginTop: 44,
      y: {
        type: "band",
        domain: this.places,
        label: null,
        padding,
        tickSize: 0,
        tickFormat: (place: string) => joined(this.#words.get(place), marginLeft - 12),
      },
      ...(facet.name === null ? {} : { fy: { domain: [...facet.labels], label: columnLabel(facet.name) } }),
    };
  }
}

/** Category and series in one line; where room is short the category is cut, for the series tells this line from the next. */
function joined(
  words: { category: string; series: string } | undefined,
  widthPx = Number.POSITIVE_INFINITY,
): string {
  const { category = "", series = "" } = words ?? {};
  if (category === "" || series === "") return fitted(`${category}${series}`, widthPx);
  const end = ` · ${series}`;
  return fitted(`${fitted(category, Math.max(40, widthPx - textWidth(end)))}${end}`, widthPx);
}
