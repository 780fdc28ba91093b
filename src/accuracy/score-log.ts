import type { Dataset } from "../dataset/define-dataset.ts";
import { readAccuracyLog } from "./accuracy-log.ts";
import type { Interval } from "./bootstrap.ts";
import type { MetricAnswer, MetricModule, SampleScores } from "./define-metric.ts";
import { judgeAccuracy, targetsOf } from "./judge-accuracy.ts";
import { type AnswerReading, readAnswers } from "./read-answers.ts";
import { noReferences } from "./references.ts";
import { scoreAnswers } from "./score-answers.ts";

/** What an accuracy log is scored with. */
export interface Scoring extends AnswerReading {
  /** Path of LoadGen's accuracy log. */
  logPath: string;
  dataset: Dataset;
  metric: MetricModule;
  /** The benchmark whose official targets hold, by its name in mlperf.conf; null for none. */
  benchmark: string | null;
  /** Least figures by name that the user asks for. */
  ownTargets: Readonly<Record<string, number>>;
  /** Of the bootstrap. */
  seed: number;
}

/** The figures of an accuracy test and whether they suffice. */
export interface AccuracyScores {
  /** Answers that were scored. */
  samples: number;
  /** Of them, those without any text: failed requests, or models that said nothing. */
  emptyAnswers: number;
  metric: string;
  metrics: Record<string, number>;
  /** 95 % by bootstrap. */
  intervals: Record<string, Interval>;
  target: Record<string, number>;
  ceiling: Record<string, number>;
  /** Null when there is no target, or when one is set for a figure that was not measured. */
  passed: boolean | null;
  notes: string[];
  /** SHA-256 of LoadGen's accuracy log, hex. */
  logSha256: string;
}

/** Scores with what they were made from. */
export interface ScoredLog {
  scores: AccuracyScores;
  answers: MetricAnswer[];
  /** By answer; null when the metric gave figures of the whole set alone. */
  perSample: SampleScores[] | null;
}

/**
 * Scores LoadGen's accuracy log. Samples without a reference are left out where the metric needs one, and a note says
 * so. Throws as `readAccuracyLog`, `readAnswers` and `scoreAnswers` do, and a UsageError `METRIC_NO_REFERENCE` when no
 * sample has one.
 */
export async function scoreLog(scoring: Scoring): Promise<ScoredLog> {
  const { dataset, metric, benchmark, ownTargets, seed } = scoring;
  const log = await readAccuracyLog(scoring.logPath);
  const reasoning = metric.keepsReasoning === true ? null : scoring.reasoning;
  const all = await readAnswers(log, dataset, { ...scoring, reasoning });
  const answers = metric.needsReference === false ? all : all.filter(({ reference }) => reference !== null);
  if (answers.length === 0) throw noReferences(metric, dataset);
  const { metrics, intervals, scores } = await scoreAnswers(metric, answers, seed);
  const { targets, notes } = targetsOf(ownTargets, benchmark, answers.length);
  const verdict = judgeAccuracy(metrics, targets);
  return {
    answers,
    perSample: scores,
    scores: {
      samples: answers.length,
      emptyAnswers: answers.filter(({ answer }) => answer === "").length,
      metric: metric.name,
      metrics,
      intervals,
      target: { ...targets.floors },
      ceiling: { ...targets.ceilings },
      passed: verdict.passed,
      notes: [...leftOut(all.length - answers.length, all.length), ...notes, ...verdict.notes],
      logSha256: log.sha256,
    },
  };
}

function leftOut(count: number, samples: number): string[] {
  return count === 0 ? [] : [`${count} of ${samples} samples have no reference and are not scored.`];
}
