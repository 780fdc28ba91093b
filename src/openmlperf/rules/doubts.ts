import { holds } from "./row-condition.ts";
import type { Rule } from "./rule.ts";

/** Rows to read with care. */
export const doubtfulRows: Rule = {
  id: "doubtful-rows",
  meaning: "Rows that one should read with care get a flag; none is dropped.",
  apply(hand, { doubts }) {
    if (hand.row.origin !== "official") return;
    for (const doubt of doubts) if (holds(doubt, hand.row)) hand.flag(doubt.flag);
  },
};
