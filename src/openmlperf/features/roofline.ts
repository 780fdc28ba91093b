/** What the bound of a whole system follows from. */
export interface RooflineInput {
  /** Dense peak of all accelerators, operations a second. */
  operationsPerSecond: number;
  /** Memory bandwidth of all accelerators, bytes a second. */
  bytesPerSecond: number;
  /** Memory of all accelerators, bytes. */
  memoryBytes: number;
  parametersActive: number;
  weightBytes: number;
  /** KV cache of one token of one beam over all layers, bytes. */
  kvBytesPerToken: number;
  promptTokens: number;
  outputTokens: number;
  /** Beams of beam search; 1 without it. */
  beams: number;
}

/**
 * Most output tokens a second that the hardware can give: the lesser of its compute bound and its memory bound. The
 * memory bound takes the largest batch that fits beside one copy of the weights, all of whose weights are read once for
 * each step. Null where the weights do not fit.
 */
export function rooflineTokensPerSecond(input: RooflineInput): number | null {
  const { operationsPerSecond, bytesPerSecond, memoryBytes, parametersActive, weightBytes } = input;
  const { kvBytesPerToken, promptTokens, outputTokens, beams } = input;
  const operationsPerOutputToken = 2 * parametersActive * (beams + promptTokens / outputTokens);
  const computeBound = operationsPerSecond / operationsPerOutputToken;
  // Half of an answer stands in the cache on average.
  const kvBytesPerRequest = kvBytesPerToken * (promptTokens + (beams * outputTokens) / 2);
  const batch = (memoryBytes - weightBytes) / kvBytesPerRequest;
  if (batch < 1) return null;
  const memoryBound = bytesPerSecond / (weightBytes / batch + kvBytesPerRequest);
  return Math.min(computeBound, memoryBound);
}
