import type { CleaningRules } from "./cleaning-rules.ts";
import type { Rule } from "./rule.ts";

/**
 * Memory in GB: sums ("1 TB + 1 TB"), products ("8x3TiB"), any unit; swap is no memory. Null where a text tells none.
 */
export function memoryGb(text: string, { units }: CleaningRules): number | null {
  let sum = 0;
  for (const part of text.split("+")) {
    if (/swap/iu.test(part)) continue;
    const match = /(?:(\d+) ?x ?)?(\d[\d,]*(?:\.\d+)?) ?([kmgt])i?b?\b/iu.exec(part);
    if (match === null) continue;
    const [, times = "1", amount = "0", unit = "g"] = match;
    const factor = units.memory_gb[`${unit.toLowerCase()}b`] ?? 1;
    sum += Number(times) * Number(amount.replaceAll(",", "")) * factor;
  }
  return sum > 0 ? Math.round(sum * 1000) / 1000 : null;
}

/** The highest frequency of a text in GHz; a bare number of some size is in MHz. Null where a text tells none. */
function frequencyGhz(text: string, { units }: CleaningRules): number | null {
  const found = [...text.matchAll(/(\d+(?:\.\d+)?) ?([mg]hz)?/giu)].map(([, amount, unit]) => {
    const number = Number(amount);
    const inMhz = unit === undefined ? number >= units.bare_frequency_is_mhz_from : /^m/iu.test(unit);
    return inMhz ? number / 1000 : number;
  });
  const highest = Math.max(0, ...found);
  return highest > 0 ? highest : null;
}

/** Memory of one node. */
export const hostMemory: Rule = {
  id: "host-memory",
  meaning: "Memory of a node is in GB: sums, products, GiB and TB are worked out.",
  apply(hand, rules) {
    const published = hand.published("host_memory_raw");
    if (published !== null) hand.set("host_memory_gb", memoryGb(published, rules));
  },
};

/** Frequency of the processor. */
export const processorFrequency: Rule = {
  id: "processor-frequency",
  meaning: "Frequencies are in GHz, the highest that is stated; a bare 4100 is MHz.",
  apply(hand, rules) {
    const published = hand.published("cpu_frequency_ghz", "host_processor_frequency");
    if (published !== null) hand.set("cpu_frequency_ghz", frequencyGhz(published, rules));
  },
};

/** What a driver reports, such as 79.6 GB of 80, is the memory that the maker states. */
function nominal(published: number | null, stated: number | null): number | null {
  if (published === null || stated === null) return published ?? stated;
  return Math.abs(published - stated) < 0.03 * stated ? stated : published;
}

/** Memory of one accelerator, even where the memory of all was published. */
export const acceleratorMemory: Rule = {
  id: "accelerator-memory",
  meaning:
    "Memory of an accelerator is in GB and of one card: the 2048 GB of eight MI325X are 256 each; what a driver reports is the stated size; silence is filled by the chip.",
  apply(hand, rules) {
    if (hand.row.is_cpu_only) return;
    const text = hand.system.accelerator_memory_capacity ?? "";
    const mixed = (hand.row.accelerator_mix ?? null) !== null;
    const published = hand.row.accelerator_memory_gb ?? (mixed ? null : memoryGb(text, rules));
    const chip = mixed ? null : rules.accelerators.find(hand.row.accelerator ?? "")?.entry;
    const perNode = hand.row.accelerators_per_node;
    const ofAll =
      typeof published === "number" &&
      typeof perNode === "number" &&
      perNode > 1 &&
      published === (chip?.memory_gb ?? 0) * perNode;
    if (ofAll) {
      hand.set("accelerator_memory_gb", published / perNode);
      hand.flag("memory-divided");
    } else hand.set("accelerator_memory_gb", nominal(published, chip?.memory_gb ?? null));
  },
};

/** Kind of the accelerators' memory. */
export const acceleratorMemoryType: Rule = {
  id: "accelerator-memory-type",
  meaning: "Kinds of memory have one spelling each: HBM3E is HBM3e; silence is filled by the chip.",
  apply(hand, rules) {
    if (hand.row.is_cpu_only) return;
    const published = hand.published("accelerator_memory_type", "accelerator_memory_configuration");
    const found = published === null ? [] : rules.memoryTypes.findAll(published);
    const chip = rules.accelerators.find(hand.row.accelerator ?? "")?.entry;
    const mixed = (hand.row.accelerator_mix ?? null) !== null;
    const names = found.map(({ name }) => name);
    if (names.length > 0) hand.set("accelerator_memory_type", names.join(" + "));
    else hand.set("accelerator_memory_type", mixed ? null : (chip?.memory_type ?? null));
  },
};
