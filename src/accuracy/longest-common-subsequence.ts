/** Length of the longest common subsequence of two lists of words, given by number. */
export function commonLength(reference: readonly number[], candidate: readonly number[]): number {
  let above = new Uint32Array(candidate.length + 1);
  let current = new Uint32Array(candidate.length + 1);
  for (const word of reference) {
    for (let column = 1; column <= candidate.length; column++) {
      current[column] =
        word === candidate[column - 1]
          ? (above[column - 1] ?? 0) + 1
          : Math.max(above[column] ?? 0, current[column - 1] ?? 0);
    }
    [above, current] = [current, above];
  }
  return above[candidate.length] ?? 0;
}

/**
 * Positions in `reference` of one longest common subsequence, last first. Where several are as long, the one that
 * ROUGE's own program walks back to: it leaves a word of the reference before one of the candidate.
 */
export function commonPositions(reference: readonly number[], candidate: readonly number[]): number[] {
  const width = candidate.length + 1;
  const lengths = new Uint32Array((reference.length + 1) * width);
  const lengthAt = (row: number, column: number) => lengths[row * width + column] ?? 0;
  for (let row = 1; row <= reference.length; row++) {
    for (let column = 1; column <= candidate.length; column++) {
      lengths[row * width + column] =
        reference[row - 1] === candidate[column - 1]
          ? lengthAt(row - 1, column - 1) + 1
          : Math.max(lengthAt(row - 1, column), lengthAt(row, column - 1));
    }
  }
  const positions: number[] = [];
  let row = reference.length;
  let column = candidate.length;
  while (row > 0 && column > 0) {
    if (reference[row - 1] === candidate[column - 1]) {
      positions.push(row - 1);
      row -= 1;
      column -= 1;
    } else if (lengthAt(row, column - 1) > lengthAt(row - 1, column)) column -= 1;
    else row -= 1;
  }
  return positions;
}
