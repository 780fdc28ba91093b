/** A symmetric matrix of `size` rows, all of them stored one after the other. */
export interface SquareMatrix {
  size: number;
  values: Float64Array;
}

/**
 * Lower factor of Cholesky of a positive definite matrix, in place; what stands above the diagonal is left as it was.
 * Own code because the inverse of 1,156 rows took ml-matrix 7 s here and this 0.5 s, and an evaluation needs hundreds.
 * Throws RangeError when the matrix is not positive definite.
 */
export function factorize({ size, values }: SquareMatrix): void {
  const entry = (at: number, product: number, diagonal: number): number =>
    ((values[at] as number) - product) / diagonal;
  const root = (square: number): number => {
    if (!(square > 0)) throw new RangeError("the matrix is not positive definite");
    return Math.sqrt(square);
  };
  for (let row = 0; row < size; row += 2) {
    const [first, second] = [row * size, (row + 1) * size];
    const isLast = row + 1 === size;
    for (let column = 0; column < row; column += 2) {
      const [left, right] = [column * size, (column + 1) * size];
      const [diagonal, below] = [values[left + column] as number, values[right + column] as number];
      const nextDiagonal = values[right + column + 1] as number;
      fourProducts(values, first, isLast ? first : second, values, left, right, 0, column);
      const [firstLeft, firstRight, secondLeft, secondRight] = four as unknown as Four;
      const one = entry(first + column, firstLeft, diagonal);
      values[first + column] = one;
      values[first + column + 1] = entry(first + column + 1, firstRight + one * below, nextDiagonal);
      if (isLast) continue;
      const other = entry(second + column, secondLeft, diagonal);
      values[second + column] = other;
      values[second + column + 1] = entry(second + column + 1, secondRight + other * below, nextDiagonal);
    }
    fourProducts(values, first, isLast ? first : second, values, first, isLast ? first : second, 0, row);
    const [firstSquare, , mixed, secondSquare] = four as unknown as Four;
    const diagonal = root((values[first + row] as number) - firstSquare);
    values[first + row] = diagonal;
    if (isLast) continue;
    const below = entry(second + row, mixed, diagonal);
    values[second + row] = below;
    values[second + row + 1] = root((values[second + row + 1] as number) - secondSquare - below ** 2);
  }
}

type Four = readonly [number, number, number, number];
const four = new Float64Array(4);

/**
 * Products of two runs of `left` with two runs of `right`, over `from` to `to`, into `four`: each number that is read is used
 * twice, which halves the time.
 */
function fourProducts(
  left: Float64Array,
  one: number,
  other: number,
  right: Float64Array,
  first: number,
  second: number,
  from: number,
  to: number,
): void {
  let [oneFirst, oneSecond, otherFirst, otherSecond] = [0, 0, 0, 0];
  for (let k = from; k < to; k += 1) {
    const a = left[one + k] as number;
    const b = left[other + k] as number;
    const c = right[first + k] as number;
    const d = right[second + k] as number;
    oneFirst += a * c;
    oneSecond += a * d;
    otherFirst += b * c;
    otherSecond += b * d;
  }
  four[0] = oneFirst;
  four[1] = oneSecond;
  four[2] = otherFirst;
  four[3] = otherSecond;
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
  const { size } = factor;
  const rows = inverseFactor(factor);
  const inverse = new Float64Array(size * size);
  const put = (one: number, other: number, product: number): void => {
    inverse[one * size + other] = product;
    inverse[other * size + one] = product;
  };
  for (let one = 0; one < size; one += 2) {
    const oneNext = Math.min(one + 1, size - 1);
    for (let other = 0; other <= one; other += 2) {
      const otherNext = Math.min(other + 1, size - 1);
      const [left, right] = [one * size, other * size];
      fourProducts(rows, left, oneNext * size, rows, right, otherNext * size, one, size);
      const [first, second, third, fourth] = four as unknown as Four;
      put(one, other, first);
      put(one, otherNext, second);
      put(oneNext, other, third);
      put(oneNext, otherNext, fourth);
    }
  }
  return { size, values: inverse };
}

/** Rows of the transposed inverse of a factor, so that all inner loops run along memory. */
function inverseFactor({ size, values }: SquareMatrix): Float64Array {
  const rows = new Float64Array(size * size);
  for (let column = 0; column < size; column += 2) {
    const start = column * size;
    const nextStart = column + 1 === size ? start : start + size;
    rows[start + column] = 1 / (values[start + column] as number);
    if (nextStart === start) break;
    const below = values[nextStart + column] as number;
    const diagonal = values[nextStart + column + 1] as number;
    rows[start + column + 1] = (-below * (rows[start + column] as number)) / diagonal;
    rows[nextStart + column + 1] = 1 / diagonal;
    for (let row = column + 2; row < size; row += 2) {
      const isLast = row + 1 === size;
      const [first, second] = [row * size, (isLast ? row : row + 1) * size];
      fourProducts(values, first, second, rows, start, nextStart, column, row);
      const [one, oneNext, other, otherNext] = four as unknown as Four;
      const [atRow, nextAtRow] = [
        -one / (values[first + row] as number),
        -oneNext / (values[first + row] as number),
      ];
      rows[start + row] = atRow;
      rows[nextStart + row] = nextAtRow;
      if (isLast) continue;
      const [beside, last] = [values[second + row] as number, values[second + row + 1] as number];
      rows[start + row + 1] = -(other + beside * atRow) / last;
      rows[nextStart + row + 1] = -(otherNext + beside * nextAtRow) / last;
    }
  }
  return rows;
}
