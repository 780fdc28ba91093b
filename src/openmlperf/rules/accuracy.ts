import type { Rule } from "./rule.ts";

/** Figures of the accuracy column. */
export const accuracyFigures: Rule = {
  id: "accuracy-figures",
  meaning: "The accuracy column is taken apart into numbers.",
  apply(hand, { units }) {
    const published = hand.published("accuracy_raw");
    if (published === null) return;
    if (/^\d+(?:\.\d+)?$/u.test(published)) {
      const column = units.bare_accuracy[hand.row.benchmark_family ?? ""];
      if (column !== undefined) hand.fill(column, Number(published));
      return;
    }
    for (const [, name, figure] of published.matchAll(/([a-z]\w*):\s*(-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)/giu)) {
      const plain = (name ?? "").toLowerCase();
      if (units.accuracy_ignored.includes(plain)) continue;
      const column = units.accuracy[plain];
      if (column === undefined) hand.unknownSpelling("accuracy", name ?? "");
      else hand.fill(column, Number(figure));
    }
  },
};
