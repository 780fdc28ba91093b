import { accuracyFiles, writeAccuracyFiles } from "./accuracy/accuracy-files.ts";
import { findAccuracyLog } from "./accuracy/accuracy-log.ts";
import { chooseMetric } from "./accuracy/choose-metric.ts";
import type { MetricModule } from "./accuracy/define-metric.ts";
import { type AccuracyScores, scoreLog } from "./accuracy/score-log.ts";
import type { RunConfig } from "./config/run-config.ts";
import type { Dataset } from "./dataset/define-dataset.ts";
import { FlexBenchError } from "./errors.ts";
import type { Explanation } from "./loadgen/explain-verdict.ts";
import type { LoadgenResult } from "./loadgen/verdict.ts";
import type { ModelModule } from "./model/define-model.ts";
import { defaultReasoningMarks } from "./model/reasoning.ts";
import type { AccuracyReport } from "./results/record.ts";
import type { RunFolder } from "./results/store.ts";
import type { RunListener } from "./run-events.ts";
import type { RunTarget } from "./run-target.ts";
import type { Tokenizer } from "./tokenizer/tokenizer.ts";

/** How the answers of a run will be scored; known before its tests, so that a mistake costs no test. */
export interface AccuracyPlan {
  /** Null when nothing is scored. */
  metric: MetricModule | null;
  /** Why nothing is scored; null when something is. */
  whyNot: string | null;
  tokenizer: Tokenizer | null;
  /** What is reported to LoadGen in the accuracy test. */
  payload: AccuracyReport["payload"];
}

const unscored = {
  metric: null,
  metrics: {},
  intervals: {},
  target: {},
  ceiling: {},
  emptyAnswers: 0,
  passed: null,
  logSha256: null,
} as const;

/**
 * Chooses the metric, and whether the run's tokenizer decodes the answers. Without a tokenizer the accuracy test of a run
 * that is no official benchmark reports text, as token ids could not be scored. A submission reports token ids always.
 * Throws UsageError.
 */
export async function planAccuracy({
  config,
  dataset,
  tokenizer,
  target,
}: {
  config: RunConfig;
  dataset: Dataset;
  tokenizer: Tokenizer | null;
  target: RunTarget;
}): Promise<AccuracyPlan> {
  const hasIds = target.returnsTokenIds || config.submission;
  const tokenIds: AccuracyPlan["payload"] = hasIds ? "token-ids" : "text";
  const nothing = (whyNot: string | null): AccuracyPlan => ({
    metric: null,
    whyNot,
    tokenizer: null,
    payload: tokenIds,
  });
  if (config.mode === "performance") return nothing(null);
  const metric = await chooseMetric(config, dataset);
  if (metric === null)
    return nothing("Answers are not scored: the dataset has no references and no --metric is given.");
  if (!hasIds) return { metric, whyNot: null, tokenizer: null, payload: "text" };
  if (tokenizer !== null) return { metric, whyNot: null, tokenizer, payload: "token-ids" };
  if (config.benchmark === null) return { metric, whyNot: null, tokenizer: null, payload: "text" };
  return nothing(
    "Answers are not scored: they are token ids, and no --tokenizer is given. `flexbench accuracy DIR --tokenizer …` scores them.",
  );
}

/** What scoring an accuracy test gave, and why the run failed when it could not be scored as asked. */
export interface AccuracyOutcome {
  report: AccuracyReport;
  failure: Explanation | null;
}

/** Scores the accuracy test of a run and writes its files beside the record. */
export async function scoreTest(
  plan: AccuracyPlan,
  test: { samples: number; loadgen: LoadgenResult },
  run: {
    config: RunConfig;
    dataset: Dataset;
    model: ModelModule;
    folder: RunFolder;
    listener: RunListener;
  },
): Promise<AccuracyOutcome> {
  const { config, dataset, model, folder, listener } = run;
  const report = (scores: Omit<AccuracyReport, "payload" | "loadgen">): AccuracyReport => ({
    ...scores,
    payload: plan.payload,
    loadgen: test.loadgen,
  });
  if (plan.metric === null) {
    const notes = plan.whyNot === null ? [] : [plan.whyNot];
    return { report: report({ ...unscored, samples: test.samples, notes }), failure: null };
  }
  listener.onEvent({ kind: "note", message: `Scoring the answers by ${plan.metric.name}.` });
  try {
    const scored = await scoreLog({
      logPath: findAccuracyLog(folder.workPath),
      dataset,
      metric: plan.metric,
      payload: plan.payload,
      tokenizer: plan.tokenizer,
      reasoning: model.reasoning ?? defaultReasoningMarks,
      benchmark: config.benchmark,
      ownTargets: config.accuracyTargets,
      seed: config.seed,
    });
    await writeAccuracyFiles(folder.workPath, scored);
    listener.onEvent({ kind: "note", message: scoredNote(scored.scores) });
    return { report: report(scored.scores), failure: null };
  } catch (error) {
    // Whatever it is, the run and its answers are kept.
    const { code, hint } = error instanceof FlexBenchError ? error : { code: "INTERNAL", hint: null };
    const message = error instanceof Error ? error.message : String(error);
    const reason = `The answers could not be scored: ${code}: ${message}`;
    const remedy = hint ?? "`flexbench accuracy DIR` scores the run again.";
    return {
      report: report({ ...unscored, samples: test.samples, notes: [reason] }),
      failure: { reason, remedy },
    };
  }
}

function scoredNote({ samples, metric }: AccuracyScores): string {
  return `Scored ${samples} answers by ${metric}; each one stands in ${accuracyFiles.samples}.`;
}
