import * as Plot from "@observablehq/plot";
import type { Theme } from "../theme.tsx";
import { columnLabel } from "../wording.ts";
import { categoryMargin, type Group } from "./category-groups.ts";
import type { Facet } from "./facets.ts";
import { fitted, textWidth } from "./text-width.ts";

/** Words beside a place of the axis. */
interface PlaceWords {
  category: string;
  series: string;
}

/**
 * The axis of categories, from top to bottom. The parts of a chart stand one below the other, each with a heading and
 * with its own categories only. Words tell each series: colour is never all that does.
 */
export class CategoryAxis {
  readonly places: readonly string[];
  readonly #words = new Map<string, PlaceWords>();
  readonly #headings: { place: string; words: string }[] = [];
  readonly #hasSeries: boolean;

  /** Without series those of a category share one place, as the cells of a heat map do. */
  constructor(groups: readonly Group[], facet: Facet, hasSeries: boolean) {
    this.#hasSeries = hasSeries;
    const places: string[] = [];
    for (const part of facet.labels) {
      if (facet.name !== null) {
        const place = `heading\n${part}`;
        this.#headings.push({ place, words: `${columnLabel(facet.name)}: ${part}` });
        places.push(place);
      }
      let before: string | null = null;
      for (const group of groups) {
        const place = this.placeOf(group);
        if (group.facet !== part || this.#words.has(place)) continue;
        const category = group.category === before ? "" : group.category;
        this.#words.set(place, { category, series: hasSeries ? group.label : "" });
        places.push(place);
        before = group.category;
      }
    }
    this.places = places;
  }

  /** Where a group stands. */
  placeOf({ facet, category, series }: Group): string {
    return `${facet}\n${category}${this.#hasSeries ? `\n${series}` : ""}`;
  }

  /** Height of all places, px. */
  heightPx(rowPx: number): number {
    return this.places.length * rowPx;
  }

  /** The axis at a width. */
  options(width: number, padding: number): Plot.PlotOptions & { marginLeft: number } {
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
    };
  }

  /** The headings of the parts as a mark, from the left edge of the chart. */
  headings(theme: Theme, marginLeft: number): Plot.Markish {
    return Plot.text(this.#headings, {
      y: "place",
      text: "words",
      frameAnchor: "left",
      textAnchor: "start",
      dx: 6 - marginLeft,
      fontWeight: 700,
      fill: theme.ink,
      stroke: theme.paper,
      strokeWidth: 4,
    });
  }
}

/** Category and series in one line; where room is short the category is cut, for the series tells this line from the next. */
function joined(words: PlaceWords | undefined, widthPx = Number.POSITIVE_INFINITY): string {
  const { category = "", series = "" } = words ?? {};
  if (category === "" || series === "") return fitted(`${category}${series}`, widthPx);
  const end = ` · ${series}`;
  return fitted(`${fitted(category, Math.max(40, widthPx - textWidth(end)))}${end}`, widthPx);
}
