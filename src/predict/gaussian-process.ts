import { grouped } from "./group-by.ts";
import { factorize, inverseOf, type SquareMatrix, solveFactored, solveLower } from "./positive-definite.ts";

/** How alike two vectors make their values, and how much measurements scatter. */
export interface ProcessSettings {
  /** Variance that ends within a distance of 1. */
  near: number;
  /** Variance that ends within a distance of 4. */
  far: number;
  /** Variance of a linear trend in all features. */
  linear: number;
  /** Variance of a measurement of weight 1. */
  noise: number;
}

const farDistance = 4;
const sqrt3 = Math.sqrt(3);

/** Matérn's function of smoothness 3/2. */
const matern = (distance: number): number => (1 + sqrt3 * distance) * Math.exp(-sqrt3 * distance);

/** Covariance of the values at two vectors. */
export function covariance(
  one: ArrayLike<number>,
  other: ArrayLike<number>,
  settings: ProcessSettings,
): number {
  let square = 0;
  let product = 0;
  for (let k = 0; k < one.length; k += 1) {
    const [a, b] = [one[k] as number, other[k] as number];
    square += (a - b) ** 2;
    product += a * b;
  }
  const distance = Math.sqrt(square);
  return (
    settings.near * matern(distance) +
    settings.far * matern(distance / farDistance) +
    settings.linear * (1 + product)
  );
}

/** A Gaussian process that was conditioned on measurements: Rasmussen and Williams (2006), chapters 2 and 5. */
export interface FittedProcess {
  inputs: readonly Float64Array[];
  settings: ProcessSettings;
  /** Weight of each input in a prediction. */
  weights: Float64Array;
  /** Factor of the covariance of the measurements. */
  factor: SquareMatrix;
}

/** Conditions a process on `values`, whose scatter is `noise / trust`. */
export function fitProcess(
  inputs: readonly Float64Array[],
  values: ArrayLike<number>,
  trust: ArrayLike<number>,
  settings: ProcessSettings,
): FittedProcess {
  const size = inputs.length;
  const matrix = new Float64Array(size * size);
  for (let row = 0; row < size; row += 1)
    for (let column = 0; column <= row; column += 1)
      matrix[row * size + column] =
        covariance(inputs[row] as Float64Array, inputs[column] as Float64Array, settings) +
        (row === column ? settings.noise / (trust[row] as number) : 0);
  const factor: SquareMatrix = { size, values: matrix };
  factorize(factor);
  return { inputs, settings, weights: solveFactored(factor, values), factor };
}

/** Mean of the value at a vector. */
export function processMean({ inputs, settings, weights }: FittedProcess, at: Float64Array): number {
  let mean = 0;
  for (const [row, input] of inputs.entries())
    mean += covariance(input, at, settings) * (weights[row] as number);
  return mean;
}

/** Deviation of a measurement of weight 1 at a vector, its own scatter included, and the share of it that no input explains. */
export function processDeviation(
  { inputs, settings, factor }: FittedProcess,
  at: Float64Array,
): { deviation: number; unexplained: number } {
  const along = Float64Array.from(inputs, (input) => covariance(input, at, settings));
  const explained = solveLower(factor, along).reduce((sum, value) => sum + value ** 2, 0);
  const prior = covariance(at, at, settings);
  const variance = prior + settings.noise - explained;
  return {
    deviation: Math.sqrt(Math.max(variance, settings.noise / 4)),
    unexplained: Math.max(0, 1 - explained / prior),
  };
}

/**
 * Residuals (value minus prediction) and deviations of every input had its whole group been left out, from the one inverse: equation
 * 5.12 of Rasmussen and Williams, for blocks. `inverse` is that of the process's covariance (`inverseOf` its factor).
 */
export function leaveGroupsOut(
  { weights }: FittedProcess,
  inverse: SquareMatrix,
  groups: readonly string[],
): { residual: number; deviation: number }[] {
  const members = grouped(groups.keys(), (index) => groups[index] as string);
  const outcome: { residual: number; deviation: number }[] = new Array(groups.length);
  for (const indices of members.values()) {
    const size = indices.length;
    const block = new Float64Array(size * size);
    for (const [row, from] of indices.entries())
      for (const [column, to] of indices.entries())
        block[row * size + column] = inverse.values[from * inverse.size + to] as number;
    const part: SquareMatrix = { size, values: block };
    factorize(part);
    const residuals = solveFactored(
      part,
      indices.map((index) => weights[index] as number),
    );
    const variances = inverseOf(part);
    for (const [row, index] of indices.entries())
      outcome[index] = {
        residual: residuals[row] as number,
        deviation: Math.sqrt(variances.values[row * size + row] as number),
      };
  }
  return outcome;
}
