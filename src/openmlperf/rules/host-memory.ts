import type { CleaningRules } from "./cleaning-rules.ts";
import { memoryGb, memoryTerm } from "./quantities.ts";
import type { Rule } from "./rule.ts";

const countAndSize = /\b(\d+) ?x ?(\d+(?:\.\d+)?) ?([gt])i?b/iu;
const size = /(\d+(?:\.\d+)?) ?([gt])i?b/iu;
const counts = [/\b(\d+) (?:slots|dimms)\b/iu, /\b(\d+) ?x\b/iu, /\bx ?(\d+)\b/iu];
/** A difference of memory and modules that roundings and reserved parts explain, as a share. */
const usualDifference = 0.1;

/**
 * Memory in GB that the modules of a node hold: "24x 128GB", "DDR4-4800 64GB x 32", "12 slots per socket / 96GB each",
 * "16x 128GB; 16x 64GB". Null where a text does not tell both count and size, or describes several kinds of nodes.
 */
function modulesGb(text: string, processors: number): number | null {
  if (/\bnode\b/iu.test(text)) return null;
  let sum = 0;
  for (const part of text.replaceAll(/\(1x[^)]*\)/giu, "").split(";")) {
    const group = moduleGroupGb(part);
    if (group === null) return null;
    sum += group;
  }
  return /per socket/iu.test(text) ? sum * processors : sum;
}

function moduleGroupGb(text: string): number | null {
  const [, product, each, unitOfEach] = countAndSize.exec(text) ?? [];
  const [, single, unitOfSingle] = size.exec(text) ?? [];
  const count = product ?? counts.map((pattern) => pattern.exec(text)?.[1]).find((found) => found);
  const amount = each ?? single;
  if (count === undefined || amount === undefined) return null;
  return Number(count) * Number(amount) * (/t/iu.test(unitOfEach ?? unitOfSingle ?? "g") ? 1024 : 1);
}

/** Whether a product such as `8x3TiB` counts machines: no module is as large as its amount. */
function countsMachines(text: string, rules: CleaningRules): boolean {
  return text.split("+").some((part) => memoryTerm(part, rules)?.isOfMachines === true);
}

/** Memory of one node, held against its modules. */
export const hostMemory: Rule = {
  id: "host-memory",
  meaning:
    "Memory of a node is in GB and of one node: sums, products, GiB and TB are worked out, 8x3TiB are eight nodes; where it is more than the modules can hold the modules count, any other difference is flagged.",
  apply(hand, rules) {
    const text = hand.published("host_memory_raw");
    if (text === null) return;
    const published = memoryGb(text, rules);
    hand.set("host_memory_gb", published);
    if (countsMachines(text, rules)) hand.flag("host-memory-repaired");
    const { nodes, cpus_per_node: processors } = hand.row;
    const modules = modulesGb(hand.published("host_memory_configuration") ?? "", processors ?? 1);
    if (published === null || modules === null || modules === 0) return;
    const ratio = published / modules;
    const isNear = (wanted: number) => Math.abs(ratio / wanted - 1) <= usualDifference;
    // Some list the modules of one processor.
    if (isNear(1) || isNear(processors ?? 1)) return;
    const ofAllNodes = typeof nodes === "number" && nodes > 1 && isNear(nodes);
    if (ofAllNodes || ratio > Math.max(2, processors ?? 2) * (1 + usualDifference)) {
      hand.set("host_memory_gb", modules);
      hand.flag("host-memory-repaired");
    } else hand.flag("host-memory-doubt");
  },
};
