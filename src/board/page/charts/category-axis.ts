import type { PlotOptions } from "@observablehq/plot";
import { columnLabel } from "../wording.ts";
import type { Group, Grouping } from "./category-groups.ts";
import { categoryMargin } from "./category-groups.ts";
import type { Facet } from "./facets.ts";
import { fitted } from "./text-width.ts";

/** Where a group stands along the axis of categories. */
export function placeOf({ category, series }: Group): string {
  return `${category}\n${series}`;
}

/** A place for each category and series, with words beside it: colour is never all that tells a series. */
export class CategoryAxis {
  readonly places: readonly string[];
  readonly #words = new Map<string, string>();

  constructor({ categories, groups }: Grouping) {
    for (const category of categories) {
      let isFirst = true;
      for (const group of groups) {
        if (group.category !== category || this.#words.has(placeOf(group))) continue;
        const words = isFirst ? [category, group.label] : [group.label];
        this.#words.set(placeOf(group), words.filter((word) => word !== "").join(" · "));
        isFirst = false;
      }
    }
    this.places = [...this.#words.keys()];
  }

  /** The axis at a width, and the one of parts. */
  options(width: number, facet: Facet, padding: number): PlotOptions {
    const marginLeft = categoryMargin([...this.#words.values()], width);
    return {
      marginLeft,
      marginTop: 44,
      y: {
        type: "band",
        domain: this.places,
        label: null,
        padding,
        tickSize: 0,
        tickFormat: (place: string) => fitted(this.#words.get(place) ?? "", marginLeft - 12),
      },
      ...(facet.name === null ? {} : { fy: { domain: [...facet.labels], label: columnLabel(facet.name) } }),
    };
  }
}
