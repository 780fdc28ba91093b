import { setImmediate } from "node:timers/promises";
import { FlexBenchError, type Problem, UsageError } from "../errors.ts";
import { aggregated, bootstrapInterval, type Interval } from "./bootstrap.ts";
import type { Aggregate, MetricAnswer, MetricModule, SampleResult, SampleScores } from "./define-metric.ts";

/** Scoring thousands of texts takes seconds, in which signals must be heard. */
const longestTurnMs = 50;

/** What a metric made of a set of answers. */
export interface ScoredSet {
  /** Figures of the set by name. */
  metrics: Record<string, number>;
  /** 95 % intervals of the figures that come from scores of single answers. */
  intervals: Record<string, Interval>;
  /** Scores by answer; null when the metric gave figures of the whole set alone. */
  scores: SampleScores[] | null;
}

/**
 * Scores answers. Throws a UsageError `METRIC_FAILED` when the metric throws, `METRIC_RESULT_INVALID` when it gives
 * something else than scores.
 */
export async function scoreAnswers(
  metric: MetricModule,
  answers: readonly MetricAnswer[],
  seed: number,
): Promise<ScoredSet> {
  const result = await resultOf(metric, answers);
  if (!Array.isArray(result)) {
    const figures = scoresOf(result as SampleResult, metric.name, `${metric.name}, score()`);
    return { metrics: { ...figures }, intervals: {}, scores: null };
  }
  const scores = readScores(metric, answers, result);
  const metrics: Record<string, number> = {};
  const intervals: Record<string, Interval> = {};
  for (const name of Object.keys(scores[0] ?? {})) {
    const column = scores.map((entry) => entry[name] ?? Number.NaN);
    const aggregate = aggregateOf(metric, name);
    metrics[name] = figureOf(metric, name, column);
    await setImmediate();
    const interval = bootstrapInterval(column, aggregate, seed);
    if (interval !== null) intervals[name] = interval;
  }
  return { metrics, intervals, scores };
}

function figureOf(metric: MetricModule, name: string, column: readonly number[]): number {
  const where = `metric ${metric.name}, aggregate of ${name}`;
  let figure: unknown;
  try {
    figure = aggregated(column, aggregateOf(metric, name));
  } catch (cause) {
    const message = `it threw: ${cause instanceof Error ? cause.message : String(cause)}`;
    throw new UsageError("METRIC_FAILED", [{ where, message }], { cause });
  }
  if (typeof figure === "number" && Number.isFinite(figure)) return figure;
  throw invalidResult([{ where, message: `it must give a number, not ${String(figure)}` }]);
}

/** How a metric's scores of this name become one figure. */
export function aggregateOf({ aggregates }: MetricModule, name: string): Aggregate {
  return aggregates?.[name] ?? "mean";
}

async function resultOf(metric: MetricModule, answers: readonly MetricAnswer[]): Promise<unknown> {
  try {
    if (metric.score !== undefined) return await metric.score(answers);
    const results: (SampleResult | undefined)[] = [];
    let restedAt = performance.now();
    for (const answer of answers) {
      results.push(await metric.perSample?.(answer));
      if (performance.now() - restedAt < longestTurnMs) continue;
      await setImmediate();
      restedAt = performance.now();
    }
    return results;
  } catch (cause) {
    if (cause instanceof FlexBenchError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new UsageError(
      "METRIC_FAILED",
      [{ where: `metric ${metric.name}`, message: `it threw: ${reason}` }],
      {
        cause,
      },
    );
  }
}

function readScores(
  metric: MetricModule,
  answers: readonly MetricAnswer[],
  results: readonly unknown[],
): SampleScores[] {
  if (results.length !== answers.length) {
    const message = `it gave ${results.length} results for ${answers.length} answers`;
    throw invalidResult([{ where: `metric ${metric.name}`, message }]);
  }
  const scores = results.map((result, index) =>
    scoresOf(result, metric.name, `metric ${metric.name}, sample ${answers[index]?.index}`),
  );
  const names = Object.keys(scores[0] ?? {})
    .sort()
    .join(", ");
  const odd = scores.findIndex((entry) => Object.keys(entry).sort().join(", ") !== names);
  if (odd >= 0) {
    const message = `its scores have other names than those of the first sample (${names})`;
    throw invalidResult([{ where: `metric ${metric.name}, sample ${answers[odd]?.index}`, message }]);
  }
  return scores;
}

function scoresOf(result: unknown, metricName: string, where: string): SampleScores {
  const named = typeof result === "object" && result !== null ? result : { [metricName]: result };
  const problems: Problem[] = [];
  const scores = Object.entries(named).map(([name, value]): [string, number] => {
    const score = typeof value === "boolean" ? (value ? 100 : 0) : value;
    if (typeof score === "number" && Number.isFinite(score)) return [name, score];
    problems.push({ where, message: `${name} must be a number or true or false, not ${String(score)}` });
    return [name, Number.NaN];
  });
  if (scores.length === 0) problems.push({ where, message: "it gave no score" });
  if (problems.length > 0) throw invalidResult(problems);
  return Object.fromEntries(scores);
}

function invalidResult(problems: readonly Problem[]): UsageError {
  return new UsageError("METRIC_RESULT_INVALID", problems, {
    hint: "A metric gives a number, true or false, or a plain object of them.",
  });
}
