import type { CleaningRules } from "./cleaning-rules.ts";
import type { Rule } from "./rule.ts";

/** One term of a memory such as "2x 512 GB", worked out. */
interface MemoryTerm {
  gb: number;
  /** The factor counts machines and is left out: no module is as large as the amount. */
  isOfMachines: boolean;
}

/** Reads one term of a memory; null where it tells none, or swap. */
export function memoryTerm(text: string, { units }: CleaningRules): MemoryTerm | null {
  if (/swap/iu.test(text)) return null;
  const match = /(?:(\d+) ?x ?)?(\d[\d,]*(?:\.\d+)?) ?([kmgt])i?b?\b/iu.exec(text);
  if (match === null) return null;
  const [, times = "1", amount = "0", unit = "g"] = match;
  const one = Number(amount.replaceAll(",", "")) * (units.memory_gb[`${unit.toLowerCase()}b`] ?? 1);
  const isOfMachines = Number(times) > 1 && one > units.largest_memory_module_gb;
  return { gb: isOfMachines ? one : one * Number(times), isOfMachines };
}

/**
 * Memory in GB: sums ("1 TB + 1 TB"), products ("16x 64 GB"), any unit; swap is no memory. Null where a text tells none.
 */
export function memoryGb(text: string, rules: CleaningRules): number | null {
  const sum = text.split("+").reduce((total, part) => total + (memoryTerm(part, rules)?.gb ?? 0), 0);
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

/** Frequency of the processor. */
export const processorFrequency: Rule = {
  id: "processor-frequency",
  meaning: "Frequencies are in GHz, the highest that is stated; a bare 4100 is MHz.",
  apply(hand, rules) {
    const published = hand.published("cpu_frequency_ghz", "host_processor_frequency");
    if (published !== null) hand.set("cpu_frequency_ghz", frequencyGhz(published, rules));
  },
};
