import {
  covariance,
  fitProcess,
  leaveGroupsOut,
  type ProcessSettings,
  processDeviation,
  processMean,
} from "./gaussian-process.ts";
import { grouped } from "./group-by.ts";
import { engineKey, familyTypeKey, type NoveltyKind, pairKey, scenarioKey } from "./novelty.ts";
import { inverseOf } from "./positive-definite.ts";
import type { PredictedScenario } from "./prediction-case.ts";
import type { TrainingCase } from "./training-case.ts";

/** How many deviations an 80 % interval spans, by novelty and scenario. */
export type Spans = Record<NoveltyKind, Record<PredictedScenario, number>>;

/** What a process learns from. */
export interface ProcessData {
  cases: readonly TrainingCase[];
  inputs: readonly Float64Array[];
  residuals: readonly number[];
  trust: readonly number[];
  settings: ProcessSettings;
}

/** Share of results that an interval is to hold. */
const intervalShare = 0.8;
/** A scenario with fewer results takes the span of all. */
const leastScenarioRows = 40;
/** A round is predicted from those before it only when they hold this many results. */
const leastRoundRows = 150;
/** Share of the models left out whose results were nearer than a far case. */
const nearShare = 0.95;

/** A left-out result: how many deviations it was off. */
interface Score {
  one: TrainingCase;
  /** Key of what was left out with it. */
  group: string;
  deviations: number;
}

/**
 * Conformal intervals (Vovk; normalised by the process's own deviation): how many deviations hold 80 % of the results that
 * were left out together with all that is like them in the way that a kind of novelty says.
 */
export function experienceOf(data: ProcessData): { spans: Spans; farShare: number } {
  const { cases, settings } = data;
  const fitted = fitProcess(data.inputs, data.residuals, data.trust, settings);
  const inverse = inverseOf(fitted.factor);
  const leftOut = (groupOf: (one: TrainingCase) => string): (Score & { unexplained: number })[] =>
    leaveGroupsOut(fitted, inverse, cases.map(groupOf)).map(({ residual, deviation }, index) => {
      const one = cases[index] as TrainingCase;
      const input = data.inputs[index] as Float64Array;
      // Of a result of less trust the deviation holds its own scatter; a prediction is for one of full trust.
      const latent = deviation ** 2 - settings.noise / (data.trust[index] ?? 1);
      const whole = Math.sqrt(Math.max(latent + settings.noise, settings.noise / 4));
      return {
        one,
        group: groupOf(one),
        deviations: Math.abs(residual) / whole,
        unexplained: latent / covariance(input, input, settings),
      };
    });
  const models = leftOut(({ of }) => of.model.name);
  const known = spanOf(leftOut(({ system }) => system));
  const pairs = widest(known, spanOf(leftOut(({ of }) => pairKey(of))));
  const atLeastPairs = (scores: readonly Score[]): Record<PredictedScenario, number> =>
    widest(pairs, spanOf(scores));
  const named = {
    known,
    "new-pair": pairs,
    "new-chip": atLeastPairs(leftOut(({ of }) => of.chip.name)),
    "new-family": atLeastPairs(leftOut(({ of }) => of.chip.family)),
    "new-model": atLeastPairs(likeModels(models, (experts) => experts === 1)),
    "new-moe": atLeastPairs(likeModels(models, (experts) => experts > 1)),
    "new-type": atLeastPairs(leftOut(({ of }) => familyTypeKey(of))),
    "new-engine": atLeastPairs(leftOut(({ of }) => engineKey(of))),
    "new-scenario": atLeastPairs(leftOut(({ of }) => scenarioKey(of))),
    "new-workload": atLeastPairs(leftOut(({ of }) => `${of.promptTokens}|${of.outputTokens}`)),
  };
  const far = Object.values(named).reduce(widest);
  const later = laterRounds(data);
  return {
    spans: { ...named, "new-time": later === null ? far : widest(pairs, spanOf(later)), far },
    farShare: quantile(
      models.map(({ unexplained }) => unexplained),
      nearShare,
    ),
  };
}

/** Scores of models of a kind; of all models where fewer than two are of it. */
function likeModels(scores: readonly Score[], isLike: (experts: number) => boolean): readonly Score[] {
  const like = scores.filter(({ one }) => isLike(one.of.model.experts));
  return new Set(like.map(({ one }) => one.of.model.name)).size > 1 ? like : scores;
}

function spanOf(scores: readonly Score[]): Record<PredictedScenario, number> {
  const span = (scenario: PredictedScenario): number => {
    const own = scores.filter(({ one }) => one.of.scenario === scenario);
    return weightedQuantile(own.length >= leastScenarioRows ? own : scores, intervalShare);
  };
  return { Offline: span("Offline"), Server: span("Server"), Interactive: span("Interactive") };
}

/**
 * The span that holds a share of results, where results of a group that was left out count together as the root of their
 * number: they are off in the same way, so that a large group is no more experience than some small ones.
 */
function weightedQuantile(scores: readonly Score[], share: number): number {
  const counts = new Map<string, number>();
  for (const { group } of scores) counts.set(group, (counts.get(group) ?? 0) + 1);
  const weightOf = ({ group }: Score): number => 1 / (counts.get(group) ?? 1) ** 0.5;
  const sorted = scores.toSorted((one, other) => one.deviations - other.deviations);
  const whole = sorted.reduce((sum, score) => sum + weightOf(score), 0);
  let held = 0;
  for (const score of sorted) {
    held += weightOf(score);
    if (held >= share * whole) return score.deviations;
  }
  return 0;
}

function widest(
  one: Record<PredictedScenario, number>,
  other: Record<PredictedScenario, number>,
): Record<PredictedScenario, number> {
  const wider = (scenario: PredictedScenario): number => Math.max(one[scenario], other[scenario]);
  return { Offline: wider("Offline"), Server: wider("Server"), Interactive: wider("Interactive") };
}

/** Each round predicted from those before it; null where no round has enough before it. */
function laterRounds({ cases, inputs, residuals, trust, settings }: ProcessData): Score[] | null {
  const rounds = [...grouped(cases.keys(), (index) => String(cases[index]?.round))];
  const scores: Score[] = [];
  for (const [, members] of rounds) {
    const [first] = members;
    const time = cases[first ?? 0]?.of.time ?? 0;
    if (cases[first ?? 0]?.round === null) continue;
    const before = [...cases.keys()].filter((index) => (cases[index]?.of.time ?? time) < time);
    if (before.length < leastRoundRows) continue;
    const pick = <Value>(values: readonly Value[]): Value[] => before.map((index) => values[index] as Value);
    const process = fitProcess(pick(inputs), pick(residuals), pick(trust), settings);
    for (const index of members) {
      const input = inputs[index] as Float64Array;
      const miss = Math.abs((residuals[index] ?? 0) - processMean(process, input));
      scores.push({
        one: cases[index] as TrainingCase,
        group: String(time),
        deviations: miss / processDeviation(process, input).deviation,
      });
    }
  }
  return scores.length === 0 ? null : scores;
}

/** The value below which a share of values lies, with conformal prediction's one result more. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.ceil((sorted.length + 1) * share) - 1)] ?? 0;
}
