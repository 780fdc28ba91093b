import type { Configuration } from "./choose.ts";

/** Another installation of the same chips, about as dear or dearer, of as many nodes or more: another type of the weights or another size of node. */
export interface OtherWay {
  dataType: string;
  acceleratorsPerNode: number;
  nodes: number;
  tokensPerSecond: number;
  /** Cost of a year; null without a price. */
  perYear: number | null;
}

/** Share by which an installation of fewer nodes may cost more and yet stand for the others of the same chips. */
const aboutAsCheap = 0.05;
/** Rows that cost more than this many times the cheapest are left out. */
const worstCost = 10;
/** The same for accelerators of what has no price, against the fewest. */
const worstCount = 50;
/** So many stay, however dear, to compare with. */
const keptToCompare = 5;

/** The cheaper first, those without a price last; of equals fewer accelerators, then fewer nodes, then more throughput. */
export function cheaperFirst(one: Configuration, other: Configuration): number {
  const [first, second] = [yearOf(one) ?? Infinity, yearOf(other) ?? Infinity];
  if (first !== second) return first < second ? -1 : 1;
  return (
    one.accelerators - other.accelerators ||
    one.nodes - other.nodes ||
    other.tokensPerSecond - one.tokensPerSecond
  );
}

/**
 * Ranks installations: of each chip and engine the best type, once more for a size of node that trades cost against fewer nodes;
 * the others are folded in. Those that nobody would take are left out, and `leave` is told why.
 */
export function ranked(found: readonly Configuration[], leave: (why: string) => void): Configuration[] {
  const ofChips = new Map<string, Configuration[]>();
  for (const one of found) {
    const key = `${one.accelerator}|${one.framework ?? ""}`;
    ofChips.set(key, [...(ofChips.get(key) ?? []), one]);
  }
  const rows = [...ofChips.values()].flatMap(withOthersFolded);
  const sorted = rows.toSorted(cheaperFirst);
  const cheapest = sorted[0] === undefined ? null : yearOf(sorted[0]);
  const fewest = Math.min(...sorted.map(({ accelerators }) => accelerators));
  return sorted.filter((one, place) => {
    const perYear = yearOf(one);
    if (place < keptToCompare) return true;
    const why =
      perYear !== null && cheapest !== null && perYear > worstCost * cheapest
        ? `costs more than ${worstCost} times the cheapest`
        : perYear === null && one.accelerators > worstCount * fewest
          ? `takes more than ${worstCount} times the fewest accelerators, and has no price`
          : null;
    if (why !== null) leave(why);
    return why === null;
  });
}

function yearOf({ cost }: Configuration): number | null {
  return cost.state === "priced" ? cost.perYear : null;
}

/**
 * Of the installations of the same chips the cheapest comes first, among those about as cheap the one with the fewest nodes;
 * another stays beside it only where it takes fewer nodes.
 */
function withOthersFolded(ofChips: readonly Configuration[]): Configuration[] {
  const sorted = ofChips.toSorted(cheaperFirst);
  const least = sorted[0] === undefined ? null : yearOf(sorted[0]);
  const isNear = (one: Configuration): boolean =>
    least === null || (yearOf(one) ?? Infinity) <= least * (1 + aboutAsCheap);
  const near = sorted.filter(isNear).toSorted((one, other) => one.nodes - other.nodes);
  const kept: Configuration[] = [];
  for (const one of new Set([...near.slice(0, 1), ...sorted])) {
    const better = kept.find(({ nodes }) => nodes <= one.nodes);
    if (better === undefined) kept.push({ ...one, others: [] });
    else better.others.push(otherWay(one));
  }
  return kept;
}

function otherWay(one: Configuration): OtherWay {
  const { dataType, acceleratorsPerNode, nodes, tokensPerSecond } = one;
  return { dataType, acceleratorsPerNode, nodes, tokensPerSecond, perYear: yearOf(one) };
}
