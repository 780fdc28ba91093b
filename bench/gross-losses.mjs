/**
 * What is so bad that no noise explains it: three times the aim, and for TTFT ten times, as a busy machine delays the
 * median too. CPU must be lost against undici and wrk alike, since one short run of either may go astray; wrk may be
 * absent. A figure that is missing is a loss too.
 */
export function grossLosses({ cpu = [], truth = [], streams = [], workers = [], handover = [] }) {
  const within = (value, most) => Number.isFinite(value) && Math.abs(value) <= most;
  return [
    ...cpu
      .filter(({ toUndici, toWrk }) => !within(toUndici, 3) && !within(toWrk, 5.25))
      .map((each) => `${each.toUndici} times undici's and ${each.toWrk} times wrk's CPU a token`),
    ...cpu
      .filter(({ idsToUndici, idsToWrk }) => !within(idsToUndici, 3) && !within(idsToWrk, 6.75))
      .map(
        (each) =>
          `${each.idsToUndici} times undici's and ${each.idsToWrk} times wrk's CPU a token with token ids`,
      ),
    ...cpu
      .filter(({ tokenDifference }) => tokenDifference.ours !== 0 || tokenDifference.oursIds !== 0)
      .map(({ tokenDifference: { ours, oursIds } }) => `${ours} and ${oursIds} tokens were not counted`),
    ...truth
      .filter(({ errorMs }) => !within(errorMs.serviceP50, 3))
      .map((each) => `TTFT p50 is ${each.errorMs.serviceP50} ms off the truth`),
    ...[...cpu, ...truth, ...streams, ...workers]
      .filter(({ failed }) => failed !== 0)
      .map((each) => `${each.failed} requests failed`),
    ...handover
      .filter(({ client, completedQps }) => client === "ours" && !(completedQps >= 60_000))
      .map((each) => `hand-over at ${each.completedQps} QPS`),
  ];
}
