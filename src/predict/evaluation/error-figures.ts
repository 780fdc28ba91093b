/** A prediction with what was measured. */
export interface Guess {
  predicted: number;
  actual: number;
}

/** How far predictions are off. */
export interface ErrorFigures {
  /** Median and mean of |predicted / actual - 1|, %. */
  medianPercent: number;
  meanPercent: number;
  /** Share of the variance that is explained, of logs and of the figures themselves; 1 is all. */
  r2Log: number;
  r2: number;
}

/** Errors of some predictions; what is not above 0 counts as a thousandth of the least measured figure in logs. */
export function errorFigures(guesses: readonly Guess[]): ErrorFigures {
  const errors = guesses
    .map(({ predicted, actual }) => 100 * Math.abs(predicted / actual - 1))
    .toSorted((one, other) => one - other);
  const middle = Math.floor(errors.length / 2);
  const median =
    errors.length % 2 === 1 ? errors[middle] : ((errors[middle - 1] ?? 0) + (errors[middle] ?? 0)) / 2;
  const least = Math.min(...guesses.map(({ actual }) => actual)) / 1000;
  const logs = guesses.map(({ predicted, actual }) => ({
    predicted: Math.log(Math.max(predicted, least)),
    actual: Math.log(actual),
  }));
  return {
    medianPercent: median ?? Number.NaN,
    meanPercent: errors.reduce((sum, error) => sum + error, 0) / errors.length,
    r2Log: explained(logs),
    r2: explained(guesses),
  };
}

function explained(guesses: readonly Guess[]): number {
  const mean = guesses.reduce((sum, { actual }) => sum + actual, 0) / guesses.length;
  const total = guesses.reduce((sum, { actual }) => sum + (actual - mean) ** 2, 0);
  const left = guesses.reduce((sum, { actual, predicted }) => sum + (actual - predicted) ** 2, 0);
  return 1 - left / total;
}
