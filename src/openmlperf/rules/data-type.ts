import type { ColumnName } from "../columns.ts";
import { bytesOfType } from "../features/weights-on-chip.ts";
import type { CleaningRules } from "./cleaning-rules.ts";
import { expressionOf } from "./pattern.ts";
import { holds } from "./row-condition.ts";
import type { RowInHand, Rule } from "./rule.ts";

function canonical(published: string, { dataTypes }: CleaningRules): string | undefined {
  const plain = published.toLowerCase();
  return Object.entries(dataTypes.names).find(([, spellings]) => spellings.includes(plain))?.[0];
}

/** The data type that the submitter declares. */
export const declaredDataType: Rule = {
  id: "declared-data-type",
  meaning: "Declared data types have one spelling each; place-holders declare nothing.",
  apply(hand, rules) {
    const published = hand.published("weight_data_type_raw") ?? hand.published("weight_data_type_declared");
    if (published === null) return;
    const known = canonical(published, rules);
    if (known === undefined) hand.unknownSpelling("data type", published);
    hand.set("weight_data_type_declared", known ?? published);
  },
};

function fits(hand: RowInHand, dataType: string): boolean {
  const { params_total_b: params, accelerator_memory_total_gb: memory } = hand.row;
  const bytes = bytesOfType[dataType];
  if (typeof params !== "number" || typeof memory !== "number") return true;
  return bytes === undefined || params * bytes <= memory;
}

/** The widest type narrower than the declared one that the chip multiplies and whose weights fit. */
function largestThatFits(hand: RowInHand, declared: string, rules: CleaningRules): string | null {
  const { smaller_types: smaller, families_without_fp8, families_with_fp4 } = rules.dataTypes;
  const family = hand.row.accelerator_family ?? "";
  const isRun = (type: string): boolean =>
    (type !== "fp8" || !families_without_fp8.includes(family)) &&
    (type !== "fp4" || families_with_fp4.includes(family)) &&
    (bytesOfType[type] ?? 0) < (bytesOfType[declared] ?? 0);
  return smaller.find((type) => isRun(type) && fits(hand, type)) ?? null;
}

/** The data type that was in effect, with the reason where it is another than the declared one. */
export const effectiveDataType: Rule = {
  id: "effective-data-type",
  meaning:
    "The data type in effect is kept apart from the declared one, with the reason, and with a flag where nothing but a guess tells it.",
  apply(hand, rules) {
    if ((hand.row.weight_data_type ?? null) !== null) return;
    const declared = hand.row.weight_data_type_declared ?? null;
    const known = rules.dataTypes.effective.find((one) => holds(one, hand.row));
    if (known !== undefined) {
      hand.set("weight_data_type", known.is);
      hand.set("weight_data_type_reason", known.reason);
      if (known.doubt) hand.flag("dtype-doubt");
      return;
    }
    if (declared === null || fits(hand, declared)) {
      hand.set("weight_data_type", declared);
      return;
    }
    const smaller = largestThatFits(hand, declared, rules);
    hand.flag("weights-do-not-fit");
    hand.flag("dtype-doubt");
    hand.set("weight_data_type", smaller ?? declared);
    if (smaller !== null) hand.set("weight_data_type_reason", rules.dataTypes.smaller_types_reason);
  },
};

const placesOfTheCache: readonly ColumnName[] = [
  "used_model_raw",
  "software_raw",
  "other_software",
  "notes",
  "system_notes",
];

/** The data type of the KV cache, where a text tells it. */
export const cacheDataType: Rule = {
  id: "kv-data-type",
  meaning: "The data type of the KV cache is read from the name of the model, the software and the notes.",
  apply(hand, rules) {
    const expressions = rules.dataTypes.kv_cache.map((pattern) => expressionOf(pattern));
    for (const place of placesOfTheCache) {
      const text = hand.published(place) ?? "";
      const found = expressions.map((expression) => expression.exec(text)?.[1]).find((type) => type);
      if (found === undefined) continue;
      hand.fill("kv_data_type", canonical(found, rules));
      return;
    }
  },
};
