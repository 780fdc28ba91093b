import type { Rule } from "./rule.ts";

/** Cores of one processor. */
export const processorCores: Rule = {
  id: "processor-cores",
  meaning:
    "Cores are those of one processor as its maker states them: some publish those of all processors, threads, or a part of a machine.",
  apply(hand, { processorCores: cores }) {
    const published = hand.published("cpu_cores_raw") ?? hand.published("cpu_cores");
    const { cpu } = hand.row;
    // A mixed system has no one number.
    if (typeof cpu === "string" && cpu.includes(" + ")) {
      hand.set("cpu_cores", null);
      return;
    }
    const number = /^\d+(?:\.0)?$/u.test(published ?? "") ? Number(published) : null;
    const stated = cores[cpu ?? ""] ?? null;
    hand.set("cpu_cores", stated ?? number);
    if (published === null || stated === null || number === stated) return;
    hand.fill("cpu_cores_raw", published);
    hand.flag("cores-repaired");
  },
};
