/** A symmetric matrix of `size` rows, all of them stored one after the other. */
export interface SquareMatrix {
  size: number;
  values: Float64Array;
}

/**
 * Lower factor of Cholesky of a positive definite matrix, in place; what stands above the diagonal is left as it was.
 * Own code because the inverse of 1,156 rows took ml-matrix 7 s here and this 1 s, and an evaluation needs hundreds.
 * Throws RangeError when the matrix is not positive definite.
 */
export function factorize({ size, values }: SquareMatrix): void {
  for (let row = 0; row < size; row += 1) {
    const rowStart = row * size;
    for (let column = 0; column <= row; column += 1) {
      const columnStart = column * size;
      let sum = values[rowStart + column] ?? 0;
      for (let k = 0; k < column; k += 1)
        sum -= (values[rowStart + k] as number) * (values[columnStart + k] as number);
      if (row === column) {
        if (sum <= 0) throw new RangeError("the matrix is not positive definite");
        values[rowStart + row] = Math.sqrt(sum);
      } else values[rowStart + column] = sum / (values[columnStart + column] as number);
    }
  }
}

/** Solves `L x = right` for a factor of `factorize`. */
export function solveLower({ size, values }: SquareMatrix, right: ArrayLike<number>): Float64Array {
  const solution = Float64Array.from(right);
  for (let row = 0; row < size; row += 1) {
    let sum = solution[row] as number;
    for (let k = 0; k < row; k += 1) sum -= (values[row * size + k] as number) * (solution[k] as number);
    solution[row] = sum / (values[row * size + row] as number);
  }
  return solution;
}

/** Solves `L Lᵀ x = right` for a factor of `factorize`. */
export function solveFactored(factor: SquareMatrix, right: ArrayLike<number>): Float64Array {
  const { size, values } = factor;
  const solution = solveLower(factor, right);
  for (let row = size - 1; row >= 0; row -= 1) {
    const value = (solution[row] as number) / (values[row * size + row] as number);
    solution[row] = value;
    for (let k = 0; k < row; k += 1)
      solution[k] = (solution[k] as number) - (values[row * size + k] as number) * value;
  }
  return solution;
}

/** Inverse of the matrix whose factor is given; whole, both halves. */
export function inverseOf(factor: SquareMatrix): SquareMatrix {
  const { size, values } = factor;
  // Rows of the transposed inverse of the factor, so that all inner loops run along memory.
  const rows = new Float64Array(size * size);
  for (let column = 0; column < size; column += 1) {
    const start = column * size;
    rows[start + column] = 1 / (values[start + column] as number);
    for (let row = column + 1; row < size; row += 1) {
      let sum = 0;
      for (let k = column; k < row; k += 1)
        sum -= (values[row * size + k] as number) * (rows[start + k] as number);
      rows[start + row] = sum / (values[row * size + row] as number);
    }
  }
  const inverse = new Float64Array(size * size);
  for (let one = 0; one < size; one += 1)
    for (let other = 0; other <= one; other += 1) {
      let sum = 0;
      for (let k = one; k < size; k += 1)
        sum += (rows[one * size + k] as number) * (rows[other * size + k] as number);
      inverse[one * size + other] = sum;
      inverse[other * size + one] = sum;
    }
  return { size, values: inverse };
}
