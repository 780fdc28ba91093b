import { existsSync } from "node:fs";
import { join } from "node:path";
import { writeAccuracyFiles } from "./accuracy/accuracy-files.ts";
import { findAccuracyLog } from "./accuracy/accuracy-log.ts";
import { chooseMetric } from "./accuracy/choose-metric.ts";
import { type PairedDifference, pairedDifferences } from "./accuracy/compare-answers.ts";
import type { MetricAnswer, MetricModule } from "./accuracy/define-metric.ts";
import { aggregateOf } from "./accuracy/score-answers.ts";
import { type ScoredLog, scoreLog } from "./accuracy/score-log.ts";
import { loadRunConfig } from "./config/load-run-config.ts";
import type { RunConfig } from "./config/run-config.ts";
import type { ScoringOption } from "./config/scoring-options.ts";
import type { Dataset } from "./dataset/define-dataset.ts";
import { loadRunDataset } from "./dataset/load-run-dataset.ts";
import { UsageError } from "./errors.ts";
import { loadModel } from "./model/load-model.ts";
import { defaultReasoningMarks } from "./model/reasoning.ts";
import type { AccuracyReport, RunRecord } from "./results/record.ts";
import { readRecord, replaceRecord, runFiles } from "./results/store.ts";

/** How a run is scored again. */
export interface ScoreRunOptions {
  /** Options in place of the run's own, as on the command line; a folder without a record has only these. */
  options?: Readonly<Partial<Record<ScoringOption, unknown>>>;
  /** Whether the scores take the place of those in the run's folder. @default false */
  keep?: boolean;
}

/** A run that was scored again. */
export interface ScoredRun extends ScoredLog {
  folder: string;
  metric: MetricModule;
  payload: AccuracyReport["payload"];
}

/**
 * Scores the accuracy log of a run again, or of any folder that holds one. Throws a UsageError for a folder without a
 * log, for options, and for a dataset that is not the run's any more; RunFailedError when a judge fails.
 */
export async function scoreRun(
  folder: string,
  { options = {}, keep = false }: ScoreRunOptions = {},
): Promise<ScoredRun> {
  const logPath = findAccuracyLog(folder);
  const record = existsSync(join(folder, runFiles.record)) ? await readRecord(folder) : null;
  const config = scoringConfig(record, options);
  if (record === null && options.dataset === undefined) {
    throw new UsageError(
      "ACCURACY_NEEDS_DATASET",
      [{ where: folder, message: "it holds no record of a run" }],
      {
        hint: "Name the dataset with --dataset, and the tokenizer with --tokenizer.",
      },
    );
  }
  const { dataset, tokenizer } = await loadRunDataset(config);
  if (options.dataset === undefined) refuseChangedDataset(record, dataset);
  const metric = await chooseMetric(config, dataset);
  if (metric === null) {
    throw new UsageError("METRIC_MISSING", [{ where: dataset.name, message: "it has no references" }], {
      hint: "Name a metric that needs none: --metric output-length, or a module of yours.",
    });
  }
  const payload = record?.accuracy?.payload ?? (config.tokenizer === null ? "text" : "token-ids");
  const { reasoning } = await loadModel(config.modelModule, record?.model.name ?? "");
  const scored = await scoreLog({
    logPath,
    dataset,
    metric,
    payload,
    tokenizer: payload === "text" ? null : tokenizer,
    reasoning: reasoning ?? defaultReasoningMarks,
    benchmark: config.benchmark,
    ownTargets: config.accuracyTargets,
    seed: config.seed,
  });
  if (keep) await keepScores(folder, record, scored, payload);
  return { ...scored, folder, metric, payload };
}

/** Two runs of the same samples, scored by the same metric and held against each other. */
export interface RunComparison {
  first: ScoredRun;
  second: ScoredRun;
  /** By figure: the second run less the first one. */
  differences: PairedDifference[];
}

/**
 * Holds the answers of a second run against those of a first one, sample by sample. Throws as `scoreRun` does, and a
 * UsageError `ACCURACY_OTHER_SAMPLES` or `METRIC_NOT_PAIRED`.
 */
export async function compareRuns(
  firstFolder: string,
  secondFolder: string,
  options: ScoreRunOptions["options"] = {},
): Promise<RunComparison> {
  const first = await scoreRun(firstFolder, { options });
  const second = await scoreRun(secondFolder, { options });
  if (first.metric.name !== second.metric.name) {
    const message = `it is scored by ${second.metric.name}, and ${firstFolder} by ${first.metric.name}`;
    throw new UsageError("METRIC_NOT_PAIRED", [{ where: secondFolder, message }], {
      hint: "Name one metric for both with --metric.",
    });
  }
  refuseOtherSamples(first, second);
  const differences = pairedDifferences(
    compared(first),
    compared(second),
    (figure) => aggregateOf(first.metric, figure),
    runSeed,
  );
  return { first, second, differences };
}

/** Of the bootstrap of a comparison, which belongs to neither run. */
const runSeed = 42;

/** What the run's configuration says about servers and files is of no use any more, and may not be there. */
const leftOut = [
  "endpoint",
  "apiKey",
  "header",
  "tlsCa",
  "tlsCert",
  "tlsKey",
  "insecure",
  "userConf",
  "auditConfig",
];

function scoringConfig(
  record: RunRecord | null,
  options: Readonly<Partial<Record<ScoringOption, unknown>>>,
): RunConfig {
  const replaced = [
    ...Object.keys(options),
    // Targets are set for the figures of a metric.
    ...("metric" in options || "metricCommand" in options
      ? ["metric", "metricCommand", "accuracyTarget"]
      : []),
  ];
  const recorded = Object.entries(record?.config ?? {}).filter(
    ([key, value]) => value !== null && !leftOut.includes(key) && !replaced.includes(key),
  );
  return loadRunConfig({ flags: { ...Object.fromEntries(recorded), ...options } });
}

function refuseChangedDataset(record: RunRecord | null, dataset: Dataset): void {
  const recorded = record?.dataset.sha256 ?? null;
  if (recorded === null || recorded === dataset.sha256) return;
  const message = "it has changed since the run: its SHA-256 is another one";
  throw new UsageError("ACCURACY_OTHER_DATASET", [{ where: dataset.source, message }], {
    hint: "Name the dataset to score with by --dataset.",
  });
}

async function keepScores(
  folder: string,
  record: RunRecord | null,
  scored: ScoredLog,
  payload: AccuracyReport["payload"],
): Promise<void> {
  await writeAccuracyFiles(folder, scored);
  const loadgen = record?.accuracy?.loadgen;
  if (record === null || loadgen === undefined) return;
  await replaceRecord(folder, { ...record, accuracy: { ...scored.scores, payload, loadgen } });
}

function compared({ folder, metric, answers, perSample }: ScoredRun) {
  if (perSample === null) {
    const message = "it gives figures of the whole set, and none of single samples";
    throw new UsageError("METRIC_NOT_PAIRED", [{ where: `metric ${metric.name}`, message }]);
  }
  const scores = new Map(answers.map(({ index }, position) => [index, perSample[position] ?? {}]));
  return { name: folder, scores };
}

function refuseOtherSamples(first: ScoredRun, second: ScoredRun): void {
  const asked = new Map(first.answers.map((answer) => [answer.index, answer]));
  const shared = second.answers.filter(({ index }) => asked.has(index));
  const isSame = (answer: MetricAnswer) => {
    const other = asked.get(answer.index);
    return other?.prompt === answer.prompt && other.reference === answer.reference;
  };
  const odd = shared.find((answer) => !isSame(answer));
  if (odd === undefined && shared.length > 0) return;
  const message =
    odd === undefined
      ? `it has no sample in common with ${first.folder}`
      : `sample ${odd.index} is another one than in ${first.folder}`;
  throw new UsageError("ACCURACY_OTHER_SAMPLES", [{ where: second.folder, message }], {
    hint: "Both runs must have been asked the same samples of the same dataset.",
  });
}
