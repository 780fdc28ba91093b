import type { RequestTable } from "./run-figures.ts";

/**
 * As many requests drawn with repetition in blocks of neighbours: requests that were under way together waited for each
 * other, and drawn one by one they would seem to say more than they do. A block holds the square root of them all.
 */
export function drawBlocks(table: RequestTable, random: () => number): RequestTable {
  const arrivals = blockRows(table.ttftNs.length, random);
  const answers = blockRows(table.answerGapNs.length, random);
  return {
    ttftNs: arrivals.map((row) => table.ttftNs[row] ?? Number.NaN),
    tpotNs: arrivals.map((row) => table.tpotNs[row] ?? Number.NaN),
    latencyNs: arrivals.map((row) => table.latencyNs[row] ?? Number.NaN),
    answerGapNs: answers.map((row) => table.answerGapNs[row] ?? Number.NaN),
    answerTokens: answers.map((row) => table.answerTokens[row] ?? Number.NaN),
  };
}

/** Row numbers in blocks that begin anywhere and go round at the end. */
function blockRows(count: number, random: () => number): Float64Array {
  const length = Math.max(1, Math.round(Math.sqrt(count)));
  const rows = new Float64Array(count);
  for (let filled = 0; filled < count; filled += length) {
    const start = Math.floor(random() * count);
    const size = Math.min(length, count - filled);
    for (let step = 0; step < size; step++) rows[filled + step] = (start + step) % count;
  }
  return rows;
}
