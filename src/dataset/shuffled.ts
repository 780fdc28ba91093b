import { seededRandom } from "./seeded-random.ts";

/** Keeps the order of samples apart from everything else that the seed decides. */
const shuffleStream = -2;

/** The numbers from 0 to `count` - 1 in an order that follows from the seed. */
export function shuffledIndexes(count: number, seed: number): Uint32Array {
  const random = seededRandom(seed, shuffleStream);
  const indexes = Uint32Array.from({ length: count }, (_, index) => index);
  for (let last = count - 1; last > 0; last -= 1) {
    const other = Math.floor(random() * (last + 1));
    const moved = indexes[last] ?? 0;
    indexes[last] = indexes[other] ?? 0;
    indexes[other] = moved;
  }
  return indexes;
}
