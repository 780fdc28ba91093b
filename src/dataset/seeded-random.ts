/**
 * Numbers in [0, 1) that follow from the seed and the stream alone, so that any sample can be made without those
 * before it. Based on the public splitmix32 generator; good for lengths and words, not for secrets.
 */
export function seededRandom(seed: number, stream: number): () => number {
  const highBits = Math.floor(seed / 2 ** 32);
  let state = mix(mix(mix(seed) ^ highBits) ^ stream);
  return () => {
    state = (state + 0x9e3779b9) | 0;
    return mix(state) / 2 ** 32;
  };
}

/** Spreads every bit of a 32-bit integer over all others. */
function mix(value: number): number {
  let mixed = Math.imul(value ^ (value >>> 16), 0x21f0aaad);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
  return (mixed ^ (mixed >>> 15)) >>> 0;
}
