import * as z from "zod";
import type { CleaningRules } from "./cleaning-rules.ts";
import { memoryGb } from "./quantities.ts";
import type { RowInHand, Rule } from "./rule.ts";

const mixSchema = z.array(z.object({ accelerator: z.string(), count: z.number() }));

/** Chips and counts of a mixed system; null for systems of one kind. */
export function mixOf(mix: string | null | undefined): z.infer<typeof mixSchema> | null {
  return typeof mix === "string" ? mixSchema.parse(JSON.parse(mix)) : null;
}

/** Whether a driver's report, such as 79.6 GB of 80 or 45 GB of 48, may be the memory that the maker states. */
function isReportOf(published: number, stated: number): boolean {
  return published > 0.92 * stated && published < 1.03 * stated;
}

function setMemory(hand: RowInHand, published: number | null, stated: number | null): void {
  const { accelerators_per_node: perNode } = hand.row;
  if (published === null || stated === null || isReportOf(published, stated)) {
    hand.set("accelerator_memory_gb", stated ?? published);
    return;
  }
  const ofAll = typeof perNode === "number" && perNode > 1 && isReportOf(published / perNode, stated);
  hand.flag(ofAll ? "memory-divided" : "memory-repaired");
  hand.set("accelerator_memory_gb", stated);
}

function memoryOfMix(hand: RowInHand, { accelerators }: CleaningRules): number | null {
  const memories = mixOf(hand.row.accelerator_mix)?.map(({ accelerator, count }) => {
    const one = accelerators.find(accelerator)?.entry.memory_gb;
    return one === undefined ? null : one * count;
  });
  if (memories === undefined || memories.includes(null)) return null;
  return memories.reduce((sum: number, memory) => sum + (memory ?? 0), 0);
}

/** Memory of one accelerator, even where the memory of all was published. */
export const acceleratorMemory: Rule = {
  id: "accelerator-memory",
  meaning:
    "Memory of an accelerator is in GB and of one card: the 2048 GB of eight MI325X are 256 each; what a driver reports is the stated size; a size that the chip does not come with gives way to it; silence is filled by the chip.",
  apply(hand, rules) {
    if (hand.row.is_cpu_only) return;
    const isMixed = (hand.row.accelerator_mix ?? null) !== null;
    if (!isMixed) {
      const published =
        hand.row.accelerator_memory_gb ?? memoryGb(hand.published("accelerator_memory_raw") ?? "", rules);
      setMemory(
        hand,
        published,
        rules.accelerators.find(hand.row.accelerator ?? "")?.entry.memory_gb ?? null,
      );
    }
    const { accelerator_memory_gb: one, accelerators_total: total } = hand.row;
    if (isMixed) hand.set("accelerator_memory_total_gb", memoryOfMix(hand, rules));
    else if (typeof one === "number" && typeof total === "number")
      hand.set("accelerator_memory_total_gb", one * total);
  },
};

/** Kind of the accelerators' memory. */
export const acceleratorMemoryType: Rule = {
  id: "accelerator-memory-type",
  meaning:
    "Kinds of memory have one spelling each: HBM3E is HBM3e; a kind that the chip does not have gives way to the chip's own; silence is filled by the chip.",
  apply(hand, rules) {
    if (hand.row.is_cpu_only) return;
    const published =
      hand.published("accelerator_memory_type_raw") ?? hand.published("accelerator_memory_type");
    const found = published === null ? [] : rules.memoryTypes.findAll(published).map(({ name }) => name);
    const chips = mixOf(hand.row.accelerator_mix)?.map(({ accelerator }) => accelerator) ?? [
      hand.row.accelerator ?? "",
    ];
    const own = chips.map((chip) => rules.accelerators.find(chip)?.entry.memory_type);
    if (own.includes(undefined)) {
      hand.set("accelerator_memory_type", found.length > 0 ? found.join(" + ") : null);
      return;
    }
    const types = [...new Set(own)].sort();
    hand.set("accelerator_memory_type", types.join(" + "));
    if (found.some((name) => !types.includes(name))) hand.flag("memory-type-repaired");
  },
};
