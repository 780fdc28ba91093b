import type { AccuracyScores } from "../accuracy/score-log.ts";
import { formatNumber } from "../results/quantities.ts";
import type { RunComparison } from "../score-run.ts";

/** The figures of an accuracy log in plain lines. */
export function describeScores(scores: AccuracyScores): string {
  const { metric, metrics, samples, emptyAnswers, passed, notes, logSha256 } = scores;
  const width = Math.max(...Object.keys(metrics).map((name) => name.length), "samples".length);
  const row = (name: string, text: string) => `${name.padEnd(width)}  ${text}`;
  const empty = emptyAnswers === 0 ? "" : `, ${formatNumber(emptyAnswers)} of them empty`;
  return [
    row("metric", metric),
    row("samples", `${formatNumber(samples)}${empty}`),
    ...Object.keys(metrics).map((name) => row(name, figureLine(scores, name))),
    row("verdict", { true: "PASSED", false: "BELOW TARGET", null: "no target" }[`${passed}`]),
    row("hash", logSha256),
    ...notes,
  ].join("\n");
}

function figureLine({ metrics, intervals, target, ceiling }: AccuracyScores, name: string): string {
  const interval = intervals[name];
  const limits = [
    interval === undefined ? null : `95 % ${formatNumber(interval.low)} to ${formatNumber(interval.high)}`,
    target[name] === undefined ? null : `target ${formatNumber(target[name])}`,
    ceiling[name] === undefined ? null : `at most ${formatNumber(ceiling[name])}`,
  ].filter((limit) => limit !== null);
  return `${formatNumber(metrics[name] ?? null)}${limits.length === 0 ? "" : ` (${limits.join(", ")})`}`;
}

/** Two runs figure by figure, and what that says. */
export function describeComparison({ first, second, differences }: RunComparison): string {
  const figures = differences.map(
    ({ figure, first: before, second: after }) =>
      `${figure}: ${formatNumber(before)} in ${first.folder}, ${formatNumber(after)} in ${second.folder}`,
  );
  return [...figures, "", ...differences.map(({ sentence }) => sentence)].join("\n");
}
