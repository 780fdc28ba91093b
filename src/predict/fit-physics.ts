import { physicsLog } from "./physics.ts";
import { constantNames, type PhysicsConstants } from "./physics-constants.ts";
import { factorize, type SquareMatrix, solveFactored } from "./positive-definite.ts";
import type { PredictionCase } from "./prediction-case.ts";

/** A case with what was measured. */
export interface MeasuredCase {
  /** Log of output tokens a second of one accelerator. */
  logTokens: number;
  /** How much the case counts. */
  weight: number;
  of: PredictionCase;
}

/** What each constant is believed to be before any result was seen, and how firmly. */
const priors: Readonly<Record<keyof PhysicsConstants, readonly [mean: number, deviation: number]>> = {
  compute: [Math.log(0.7), 0.3],
  fp4: [Math.log(0.85), 0.25],
  memory: [Math.log(0.7), 0.2],
  layerOverhead: [0, 0.7],
  interconnect: [0, 0.7],
  hiddenSize: [0.1, 0.15],
  experts: [-1, 0.5],
  processor: [Math.log(0.15), 0.5],
  amd: [Math.log(0.75), 0.2],
  activations: [0, 0.5],
  wide: [0, 0.5],
  server: [-0.12, 0.1],
  interactive: [-0.2, 0.15],
};

const iterations = 14;
/** A step that lowers the loss by a smaller share of it is the last. */
const leastGain = 1e-4;
const difference = 1e-3;
/** A residual beyond this (in logs) counts less, as it is more likely a run below capacity than physics. */
const doubtfulResidual = 0.25;
/** Scatter that the physics leaves, in logs. */
export const residualScale = 0.25;

/** The constants before any fit. */
export function priorConstants(): PhysicsConstants {
  return constantsOf(constantNames.map((name) => priors[name][0]));
}

/**
 * Fits the constants in logs with priors, by Gauss and Newton's steps damped as Levenberg and Marquardt do; doubtful
 * results count less (Huber's weights). Where there are few results, the priors lead.
 */
export function fitPhysics(cases: readonly MeasuredCase[]): PhysicsConstants {
  const scale = independence(cases) / residualScale ** 2;
  let values = valuesOf(priorConstants());
  let residuals = residualsOf(cases, values);
  let damping = 1e-3;
  for (let iteration = 0; iteration < iterations; iteration += 1) {
    const { matrix, gradient } = normalEquations(cases, values, residuals, scale);
    const before = loss(cases, values, residuals, scale);
    let gain = 0;
    for (let attempt = 0; attempt < 6 && gain <= 0; attempt += 1) {
      const move = step(matrix, gradient, damping);
      const next = values.map((value, index) => value + (move[index] ?? 0));
      const nextResiduals = residualsOf(cases, next);
      gain = before - loss(cases, next, nextResiduals, scale);
      if (gain > 0) [values, residuals, damping] = [next, nextResiduals, damping / 5];
      else damping *= 8;
    }
    if (gain < leastGain * before) break;
  }
  return constantsOf(values);
}

const valuesOf = (constants: PhysicsConstants): number[] => constantNames.map((name) => constants[name]);

function residualsOf(cases: readonly MeasuredCase[], values: readonly number[]): Float64Array {
  const constants = constantsOf(values);
  return Float64Array.from(cases, ({ of, logTokens }) => logTokens - physicsLog(of, constants));
}

const trustIn = (residual: number): number => Math.min(1, doubtfulResidual / Math.abs(residual));

function loss(
  cases: readonly MeasuredCase[],
  values: readonly number[],
  residuals: Float64Array,
  scale: number,
): number {
  let sum = 0;
  for (const [index, { weight }] of cases.entries()) {
    const size = Math.abs(residuals[index] ?? 0);
    const huber = size < doubtfulResidual ? size ** 2 : 2 * doubtfulResidual * size - doubtfulResidual ** 2;
    sum += weight * scale * huber;
  }
  for (const [index, name] of constantNames.entries()) {
    const [mean, deviation] = priors[name];
    sum += (((values[index] ?? 0) - mean) / deviation) ** 2;
  }
  return sum;
}

function normalEquations(
  cases: readonly MeasuredCase[],
  values: readonly number[],
  residuals: Float64Array,
  scale: number,
): { matrix: SquareMatrix; gradient: Float64Array } {
  const size = constantNames.length;
  const matrix = new Float64Array(size * size);
  const gradient = new Float64Array(size);
  const shifted = values.map((_, index) =>
    constantsOf(values.map((value, other) => (other === index ? value + difference : value))),
  );
  for (const [index, { of, logTokens, weight }] of cases.entries()) {
    const residual = residuals[index] ?? 0;
    const slopes = shifted.map(
      (constants) => (physicsLog(of, constants) - logTokens + residual) / difference,
    );
    const counts = weight * scale * trustIn(residual);
    for (const [row, slope] of slopes.entries()) {
      gradient[row] = (gradient[row] ?? 0) + counts * slope * residual;
      for (const [column, other] of slopes.entries())
        matrix[row * size + column] = (matrix[row * size + column] ?? 0) + counts * slope * other;
    }
  }
  for (const [index, name] of constantNames.entries()) {
    const [mean, deviation] = priors[name];
    gradient[index] = (gradient[index] ?? 0) - ((values[index] ?? 0) - mean) / deviation ** 2;
    matrix[index * size + index] = (matrix[index * size + index] ?? 0) + 1 / deviation ** 2;
  }
  return { matrix: { size, values: matrix }, gradient };
}

function step({ size, values }: SquareMatrix, gradient: Float64Array, damping: number): Float64Array {
  const damped: SquareMatrix = { size, values: Float64Array.from(values) };
  for (let index = 0; index < size; index += 1)
    damped.values[index * size + index] = (values[index * size + index] ?? 0) * (1 + damping);
  factorize(damped);
  return solveFactored(damped, gradient);
}

function constantsOf(values: readonly number[]): PhysicsConstants {
  return Object.fromEntries(
    constantNames.map((name, index) => [name, values[index]]),
  ) as unknown as PhysicsConstants;
}

/** How much one unit of weight counts: rows of one kind are no independent results. */
function independence(cases: readonly MeasuredCase[]): number {
  const sum = cases.reduce((total, { weight }) => total + weight, 0);
  const squares = cases.reduce((total, { weight }) => total + weight ** 2, 0);
  return squares === 0 ? 1 : (0.3 * sum) / squares;
}
