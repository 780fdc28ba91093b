import { setTimeout as sleep } from "node:timers/promises";
import type { Measured, Pair } from "./measured.js";
import { withOtherLoad } from "./other-load.js";

/** Pairs that are judged. */
const judgedPairs = 5;
const mostPairs = 12;
/** Share of the machine's CPU time that other programs may take during a pair that counts as quiet. */
const quietLoad = 0.04;
/** Above this share nothing can be said about client and server. */
const mostLoad = 0.15;
/** Longest time to wait for a quiet machine, over all pairs of one comparison. */
const patienceMs = 240_000;

/** The pairs to judge and those left out, because other programs were busier meanwhile. */
export interface Interleaved {
  judged: Pair[];
  leftOut: Pair[];
  /** False: other programs took so much that the judged pairs say nothing. */
  conclusive: boolean;
}

/**
 * Runs both clients in turn, A B A B, until there are pairs enough during which the machine was quiet; before each pair
 * it waits for that. Where it never is, the quietest of `mostPairs` are taken. What a pair measured has no say in
 * whether it is judged.
 */
export async function interleave(
  runOurs: (seed: number) => Promise<Measured>,
  runTheirs: (seed: number) => Promise<Measured>,
): Promise<Interleaved> {
  const pairs: Pair[] = [];
  let patience = patienceMs;
  const isQuiet = ({ otherLoad }: Pair): boolean => otherLoad <= quietLoad;
  while (pairs.length < mostPairs && pairs.filter(isQuiet).length < judgedPairs) {
    patience -= await waitForQuiet(patience);
    // Random arrivals that bunch by chance make every latency longer: each pair has others.
    const seed = pairs.length + 1;
    const ours = await withOtherLoad(() => runOurs(seed));
    const theirs = await withOtherLoad(() => runTheirs(seed));
    const otherLoad = Math.max(ours.otherLoad, theirs.otherLoad);
    pairs.push({ ours: ours.value, theirs: theirs.value, otherLoad });
  }
  const ordered = pairs.toSorted((a, b) => a.otherLoad - b.otherLoad);
  const judged = ordered.slice(0, judgedPairs);
  const conclusive = judged.every(({ otherLoad }) => otherLoad <= mostLoad);
  return { judged, leftOut: ordered.slice(judgedPairs), conclusive };
}

/** Waits until other programs leave the machine alone for a second; gives the time that took, ms. */
async function waitForQuiet(patience: number): Promise<number> {
  const start = performance.now();
  let load = 1;
  while (load > quietLoad && performance.now() - start < patience) {
    load = (await withOtherLoad(() => sleep(1000))).otherLoad;
  }
  return performance.now() - start;
}
