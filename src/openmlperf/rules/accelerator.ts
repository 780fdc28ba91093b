import type { CleaningRules } from "./cleaning-rules.ts";
import type { RowInHand, Rule } from "./rule.ts";

interface CountedChip {
  name: string;
  count: number;
}

/** Chips of a list such as "MI300X (x32), MI325X (x16)"; a single chip with a count is a list of one. */
function countedChips(published: string, { accelerators }: CleaningRules): CountedChip[] {
  return [...published.matchAll(/(.+?)\(x(\d+)\)(?:,| and |$)/giu)].flatMap(([, chip, count]) => {
    const match = chip === undefined ? null : accelerators.find(chip);
    return match === null ? [] : [{ name: match.name, count: Number(count) }];
  });
}

function setVariant(hand: RowInHand, { acceleratorVariants }: CleaningRules): void {
  const { accelerator_raw: chip, platform, system_name: system } = hand.row;
  const names = [chip, platform, system].join(" ");
  const found = acceleratorVariants.filter(({ expression }) => expression.test(names));
  if (found.length > 0) hand.fill("accelerator_variant", found.map(({ name }) => name).join(" "));
}

/** Systems without accelerators: their processors are what does the work. */
export const cpuOnly: Rule = {
  id: "cpu-only",
  meaning: "Rows without an accelerator are kept: the processor stands for it, counted by sockets.",
  apply(hand, rules) {
    const hasChip = hand.published("accelerator_raw") !== null || hand.published("accelerator") !== null;
    const cpuOnlyRow = !hasChip && (hand.row.accelerators_per_node ?? 0) === 0;
    hand.fill("is_cpu_only", cpuOnlyRow);
    if (!cpuOnlyRow) return;
    const published = hand.published("cpu_raw");
    if (published === null) return;
    const match = rules.processors.find(published);
    if (match === null) hand.fill("accelerator", published);
    else {
      const name = match.entry.accelerator?.replace("$1", match.group?.toUpperCase() ?? "");
      hand.set("accelerator", name ?? match.name);
      hand.set("accelerator_vendor", match.entry.vendor);
      hand.set("accelerator_family", "CPU");
    }
    const { cpus_per_node: sockets, nodes } = hand.row;
    if (typeof sockets !== "number") return;
    hand.set("accelerators_per_node", sockets);
    hand.set("accelerators_total", sockets * (nodes ?? 1));
  },
};

/** One name for each chip. */
export const acceleratorName: Rule = {
  id: "accelerator-name",
  meaning:
    "Accelerators have one name each, with vendor, architecture and variant; those of a mixed system stand in the order of their names.",
  apply(hand, rules) {
    setVariant(hand, rules);
    if (hand.row.is_cpu_only) return;
    const published = hand.published("accelerator_raw") ?? hand.published("accelerator");
    if (published === null) return;
    const mix = countedChips(published, rules);
    const match = rules.accelerators.find(published, hand.row.platform ?? "");
    if (match === null) {
      hand.unknownSpelling("accelerator", published);
      hand.fill("accelerator", published);
      return;
    }
    mix.sort((one, other) => (one.name < other.name ? -1 : 1));
    const names = mix.length > 1 ? mix.map(({ name }) => name) : [match.name];
    hand.set("accelerator", names.join(" + "));
    hand.set("accelerator_vendor", match.entry.vendor);
    hand.set("accelerator_family", match.entry.family);
    if (mix.length < 2) return;
    const families = mix.map(({ name }) => rules.accelerators.find(name)?.entry.family ?? name);
    hand.set("accelerator_family", [...new Set(families)].join(" + "));
    hand.set("accelerator_mix", JSON.stringify(mix.map(({ name, count }) => ({ accelerator: name, count }))));
    hand.flag("mixed-accelerators");
  },
};

/** How many accelerators; the table knows whole nodes only. */
export const acceleratorCount: Rule = {
  id: "accelerator-count",
  meaning:
    "Accelerators are nodes times each node's, unless the system's name counts them: 87xMI355X is 87 and not 88.",
  apply(hand, rules) {
    if (hand.row.is_cpu_only) return;
    const { nodes, accelerators_per_node: perNode } = hand.row;
    const published = hand.published("accelerator_raw") ?? "";
    const named = countedChips(published, rules).reduce((sum, { count }) => sum + count, 0);
    const byPlatform = Number(/^(\d+)x(?!\d)/u.exec(hand.row.platform ?? "")?.[1] ?? 0);
    const byTable = typeof perNode === "number" ? perNode * (nodes ?? 1) : (hand.row.accelerators_total ?? 0);
    // A name counts only where it is close to the table: folder names begin with other numbers too.
    const close = (count: number) =>
      typeof perNode === "number" && count < byTable && count > byTable - perNode;
    const total = named > 0 ? named : close(byPlatform) ? byPlatform : byTable;
    if (total <= 0) return;
    hand.set("accelerators_total", total);
    if (total === byTable || typeof nodes !== "number") return;
    hand.set("accelerators_per_node", total / nodes);
    hand.flag("count-from-name");
  },
};
