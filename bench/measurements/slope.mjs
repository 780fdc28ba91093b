/**
 * CPU a token as the slope between a short and a long run, so that start-up does not count, µs. The tokens are those that
 * the server wrote; `tokenDifference` is how many more it wrote than the client counted.
 */
export async function slope(run, server, [short, long]) {
  const first = await counted(run, server, short);
  const second = await counted(run, server, long);
  return {
    usPerToken: ((second.cpuSeconds - first.cpuSeconds) * 1e6) / (second.written - first.written),
    tokenDifference: first.difference + second.difference,
    failed: first.failed + second.failed,
  };
}

async function counted(run, server, length) {
  const before = await server.tokens();
  const { cpuSeconds, tokens, failed, warmTokens = 0 } = await run(length);
  const written = (await server.tokens()) - before;
  return { cpuSeconds, written, difference: written - warmTokens - tokens, failed };
}

/** The names in turn, the other way round in every second repeat, so that no client always has the same neighbour. */
export function turns(names, repeat) {
  return repeat % 2 === 0 ? names : names.toReversed();
}
