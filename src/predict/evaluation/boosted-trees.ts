import { seededRandom } from "../../dataset/seeded-random.ts";

/** How trees are grown: the earlier board's settings. */
const trees = 100;
const depth = 6;
const learningRate = 0.1;
const rowShare = 0.8;
/** XGBoost's default weight of a leaf's penalty. */
const penalty = 1;
const mostCuts = 48;

type Tree = { value: number } | { feature: number; cut: number; below: Tree; above: Tree };

/**
 * Gradient boosted regression trees for squared errors (Friedman 2001, with XGBoost's penalty): what the earlier board
 * predicted with. Only the comparison in the model card uses it.
 */
export function trainBoostedTrees(
  inputs: readonly (readonly number[])[],
  values: readonly number[],
  seed = 42,
): (input: readonly number[]) => number {
  const start = values.reduce((sum, value) => sum + value, 0) / values.length;
  const current = values.map(() => start);
  const cuts = cutsOf(inputs);
  const random = seededRandom(seed, 0);
  const grown: Tree[] = [];
  for (let count = 0; count < trees; count += 1) {
    const rows = [...inputs.keys()].filter(() => random() < rowShare);
    const gradients = values.map((value, index) => value - (current[index] ?? start));
    const tree = grow(rows, inputs, gradients, cuts, depth);
    grown.push(tree);
    for (const [index, input] of inputs.entries())
      current[index] = (current[index] ?? start) + learningRate * leafValue(tree, input);
  }
  return (input) => grown.reduce((sum, tree) => sum + learningRate * leafValue(tree, input), start);
}

function leafValue(tree: Tree, input: readonly number[]): number {
  let node = tree;
  while ("cut" in node) node = (input[node.feature] ?? 0) < node.cut ? node.below : node.above;
  return node.value;
}

/** Where each feature may be cut: between its values, or at its quantiles when there are many. */
function cutsOf(inputs: readonly (readonly number[])[]): number[][] {
  return (inputs[0] ?? []).map((_, feature) => {
    const values = [...new Set(inputs.map((input) => input[feature] ?? 0))].toSorted(
      (one, other) => one - other,
    );
    const middles = values.slice(1).map((value, index) => (value + (values[index] ?? value)) / 2);
    if (middles.length <= mostCuts) return middles;
    return Array.from(
      { length: mostCuts },
      (_, index) => middles[Math.floor(((index + 0.5) / mostCuts) * middles.length)] ?? 0,
    );
  });
}

function grow(
  rows: readonly number[],
  inputs: readonly (readonly number[])[],
  gradients: readonly number[],
  cuts: readonly (readonly number[])[],
  left: number,
): Tree {
  const sum = rows.reduce((total, row) => total + (gradients[row] ?? 0), 0);
  const leaf: Tree = { value: sum / (rows.length + penalty) };
  if (left === 0 || rows.length < 2) return leaf;
  let best: { feature: number; cut: number; gain: number } | null = null;
  for (const [feature, places] of cuts.entries()) {
    const sums = new Float64Array(places.length + 1);
    const counts = new Float64Array(places.length + 1);
    for (const row of rows) {
      const bin = binOf(places, inputs[row]?.[feature] ?? 0);
      sums[bin] = (sums[bin] ?? 0) + (gradients[row] ?? 0);
      counts[bin] = (counts[bin] ?? 0) + 1;
    }
    let [sumBelow, countBelow] = [0, 0];
    for (const [index, cut] of places.entries()) {
      sumBelow += sums[index] ?? 0;
      countBelow += counts[index] ?? 0;
      const countAbove = rows.length - countBelow;
      if (countBelow === 0 || countAbove === 0) continue;
      const gain =
        sumBelow ** 2 / (countBelow + penalty) +
        (sum - sumBelow) ** 2 / (countAbove + penalty) -
        sum ** 2 / (rows.length + penalty);
      if (gain > (best?.gain ?? 1e-12)) best = { feature, cut, gain };
    }
  }
  if (best === null) return leaf;
  const { feature, cut } = best;
  const isBelow = (row: number): boolean => (inputs[row]?.[feature] ?? 0) < cut;
  return {
    ...{ feature, cut },
    below: grow(rows.filter(isBelow), inputs, gradients, cuts, left - 1),
    above: grow(
      rows.filter((row) => !isBelow(row)),
      inputs,
      gradients,
      cuts,
      left - 1,
    ),
  };
}

function binOf(places: readonly number[], value: number): number {
  let [low, high] = [0, places.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (value < (places[middle] ?? 0)) high = middle;
    else low = middle + 1;
  }
  return low;
}
