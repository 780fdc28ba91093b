import type { RowInHand, RuleForAll } from "./rule.ts";

function significantDigits(value: number): number {
  return value.toExponential().replace(/e.*$/u, "").replace(/\D/gu, "").length;
}

/** Figures that are the load that was offered and not what the system could give. */
export const loadTarget: RuleForAll = {
  id: "load-target",
  meaning:
    "Where several submitters publish the very same figure of a benchmark, of five digits and more and in a scenario with a target rate, it is the rate that was offered: the rows have a flag.",
  apply(hands, { sharedFigures: { scenarios, digits } }) {
    const groups = new Map<string, RowInHand[]>();
    for (const hand of hands) {
      const { origin, round, benchmark_family: family, scenario, result_unit: unit, result_value } = hand.row;
      if (origin !== "official" || !scenarios.includes(scenario ?? "")) continue;
      if (typeof result_value !== "number" || significantDigits(result_value) < digits) continue;
      const key = [round, family, scenario, unit, result_value].join("|");
      groups.set(key, [...(groups.get(key) ?? []), hand]);
    }
    for (const group of groups.values())
      if (new Set(group.map(({ row }) => row.submitter)).size > 1)
        for (const hand of group) hand.flag("load-target");
  },
};
