const bytesOfToken = 4;

/** Token ids of an answer: 32-bit little-endian numbers. Null when the bytes are no whole number of them. */
export function tokenIdsOf(data: Buffer): number[] | null {
  if (data.length % bytesOfToken !== 0) return null;
  return Array.from({ length: data.length / bytesOfToken }, (_, position) =>
    data.readInt32LE(position * bytesOfToken),
  );
}
