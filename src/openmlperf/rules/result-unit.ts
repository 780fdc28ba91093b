import type { PartialRow } from "../row.ts";
import { greatestLogDifference } from "../sources/joined-logs.ts";
import { holds } from "./row-condition.ts";
import type { Rule } from "./rule.ts";

/** One spelling for each unit. */
export const resultUnit: Rule = {
  id: "result-unit",
  meaning: "Units of results have one spelling each.",
  apply(hand, { units }) {
    const published = hand.published("result_unit_raw") ?? hand.published("result_unit");
    if (published === null) return;
    const plain = published.toLowerCase();
    const known = Object.entries(units.results).find(([, spellings]) => spellings.includes(plain))?.[0];
    if (known === undefined) hand.unknownSpelling("unit", published);
    hand.set("result_unit", known ?? published);
  },
};

/** Results whose unit was written down wrong. */
export const unitRepair: Rule = {
  id: "unit-repair",
  meaning:
    "Published units that are known to be wrong are repaired: v4.0 llama2-70b Offline is in tokens/s, and so is any figure that the raw log gives as tokens/s.",
  apply(hand, { units }) {
    const repair = units.repairs.find(
      (one) => one.published === hand.row.result_unit && holds(one, hand.row),
    );
    const unit = repair?.is ?? (isTokensOfLog(hand.row) ? "tokens/s" : null);
    if (unit === null || unit === hand.row.result_unit) return;
    hand.set("result_unit", unit);
    // What a reader concluded from the wrong unit is wrong as well.
    if (hand.row.samples_per_second === hand.row.result_value) hand.set("samples_per_second", null);
    hand.flag("unit-repaired");
  },
};

/** Whether the published figure is the tokens a second of the raw log, whatever unit stands beside it. */
function isTokensOfLog({ result_value: value, log_tokens_per_second: logged }: PartialRow): boolean {
  if (typeof value !== "number" || typeof logged !== "number") return false;
  return Math.abs(value / logged - 1) <= greatestLogDifference;
}

/** The published figure in the column of its unit. */
export const resultColumns: Rule = {
  id: "result-columns",
  meaning:
    "The published figure stands in the column of its unit; the figure of each accelerator, and of each joule, follow.",
  apply(hand) {
    const { result_value: value, result_unit: unit } = hand.row;
    if (typeof value !== "number") return;
    if (unit === "tokens/s") hand.set("tokens_per_second", value);
    if (unit === "samples/s" || unit === "queries/s") hand.set("samples_per_second", value);
    const { tokens_per_second: tokensPerSecond, accelerators_total: total, power_w: watts } = hand.row;
    if (typeof tokensPerSecond === "number" && typeof total === "number" && total > 0)
      hand.set("tokens_per_second_per_accelerator", tokensPerSecond / total);
    const isOpen = (hand.row.tokens_per_joule ?? null) === null;
    if (isOpen && typeof tokensPerSecond === "number" && typeof watts === "number" && watts > 0)
      hand.set("tokens_per_joule", tokensPerSecond / watts);
  },
};
