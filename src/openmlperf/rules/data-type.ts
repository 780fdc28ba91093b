import { bytesOfType } from "../features/weights-on-chip.ts";
import type { CleaningRules } from "./cleaning-rules.ts";
import { holds } from "./row-condition.ts";
import type { RowInHand, Rule } from "./rule.ts";

/** The data type that the submitter declares. */
export const declaredDataType: Rule = {
  id: "declared-data-type",
  meaning: "Declared data types have one spelling each; place-holders declare nothing.",
  apply(hand, { dataTypes }) {
    const published = hand.published("weight_data_type_raw") ?? hand.published("weight_data_type_declared");
    if (published === null) return;
    const plain = published.toLowerCase();
    const known = Object.entries(dataTypes.names).find(([, spellings]) => spellings.includes(plain))?.[0];
    if (known === undefined) hand.unknownSpelling("data type", published);
    hand.set("weight_data_type_declared", known ?? published);
  },
};

function fits(hand: RowInHand, dataType: string): boolean {
  const { params_total_b: params, accelerator_memory_gb: memory, accelerators_total: total } = hand.row;
  const bytes = bytesOfType[dataType];
  if (typeof params !== "number" || typeof memory !== "number" || typeof total !== "number") return true;
  return bytes === undefined || params * bytes <= memory * total;
}

function largestThatFits(hand: RowInHand, rules: CleaningRules): string | null {
  const { smaller_types: smaller, families_without_fp8: without } = rules.dataTypes;
  const hasFp8 = !without.includes(hand.row.accelerator_family ?? "");
  return smaller.find((type) => (type !== "fp8" || hasFp8) && fits(hand, type)) ?? null;
}

/** The data type that was in effect, with the reason where it is another than the declared one. */
export const effectiveDataType: Rule = {
  id: "effective-data-type",
  meaning: "The data type in effect is kept apart from the declared one, with the reason.",
  apply(hand, rules) {
    if ((hand.row.weight_data_type ?? null) !== null) return;
    const declared = hand.row.weight_data_type_declared ?? null;
    const known = rules.dataTypes.effective.find((one) => holds(one, hand.row));
    if (known !== undefined) {
      hand.set("weight_data_type", known.is);
      hand.set("weight_data_type_reason", known.reason);
      return;
    }
    if (declared === null || fits(hand, declared)) {
      hand.set("weight_data_type", declared);
      return;
    }
    const smaller = largestThatFits(hand, rules);
    hand.flag("weights-do-not-fit");
    hand.set("weight_data_type", smaller ?? declared);
    if (smaller !== null) hand.set("weight_data_type_reason", rules.dataTypes.smaller_types_reason);
  },
};
