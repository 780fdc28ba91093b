import type { PredictionCase } from "./prediction-case.ts";

/** A way to spread one copy of the model. */
export interface Spread {
  /** Accelerators that share one copy. */
  copies: number;
  /** Nodes that those accelerators stand in; within one, they are linked directly. */
  nodes: number;
}

/** Chips whose direct links join a whole rack. */
const rackLinked = /^GB[23]00/;
const rackAccelerators = 72;

/** Accelerators that a node is built for: 1, 2, 4, … */
const nodeSize = ({ accelerators, nodes }: PredictionCase): number =>
  2 ** Math.ceil(Math.log2(Math.ceil(accelerators / nodes)));

/** Accelerators that are linked directly: those of a node, or of a rack. */
function linkedAccelerators(one: PredictionCase): number {
  return Math.min(one.accelerators, rackLinked.test(one.chip.name) ? rackAccelerators : nodeSize(one));
}

/** Ways that stay within a node: 1, 2, 4, … accelerators. */
export function spreadsWithinNode(one: PredictionCase): Spread[] {
  return doublings(1, linkedAccelerators(one)).map((copies) => ({ copies, nodes: 1 }));
}

/** Ways for a model that no node holds that way, the smallest first: all of an odd node, then over several nodes. */
export function spreadsBeyond(one: PredictionCase): Spread[] {
  const linked = linkedAccelerators(one);
  const all = [linked, ...doublings(linked * 2, one.accelerators), one.accelerators];
  return [...new Set(all)].map((copies) => ({ copies, nodes: Math.ceil(copies / linked) }));
}

/**
 * The largest system of 1, 2, 4, … accelerators within a system, in nodes as large. What the process learned of rooflines is
 * taken there: accelerators more than that change what the physics says of the whole, not how well it is reached.
 */
export function evenSystem(one: PredictionCase): PredictionCase {
  const accelerators = 2 ** Math.floor(Math.log2(one.accelerators));
  return { ...one, accelerators, nodes: Math.ceil(accelerators / nodeSize(one)) };
}

function doublings(first: number, most: number): number[] {
  const counts: number[] = [];
  for (let count = first; count <= most; count *= 2) counts.push(count);
  return counts;
}
