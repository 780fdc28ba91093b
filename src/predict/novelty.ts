import type { PredictionCase } from "./prediction-case.ts";

/**
 * How far a case is from what was measured, from near to far: its chip runs its model somewhere; both are known, but not
 * together; the chip is new and its family known; the family is new; the model is new; the case is of a time after the results.
 */
export const noveltyKinds = ["known", "new-pair", "new-chip", "new-family", "new-model", "new-time"] as const;
export type NoveltyKind = (typeof noveltyKinds)[number];

/** What was left out of training to see how wide intervals must be, by kind. */
export const leftOutWords: Readonly<Record<NoveltyKind, string>> = {
  known: "system",
  "new-pair": "pair of chip and model",
  "new-chip": "chip",
  "new-family": "family of chips",
  "new-model": "model",
  "new-time": "round",
};

/** What the training data hold. */
export interface KnownThings {
  chips: string[];
  families: string[];
  models: string[];
  /** `chip|model` that were measured together. */
  pairs: string[];
  /** Time of the latest result, as a year with fraction. */
  latest: number;
}

/** Key of a chip with a model. */
export const pairKey = ({ chip, model }: PredictionCase): string => `${chip.name}|${model.name}`;

/** What cases hold, for `noveltyOf`. */
export function knownThings(cases: readonly PredictionCase[]): KnownThings {
  const distinct = (values: readonly string[]): string[] => [...new Set(values)].toSorted();
  return {
    chips: distinct(cases.map(({ chip }) => chip.name)),
    families: distinct(cases.map(({ chip }) => chip.family)),
    models: distinct(cases.map(({ model }) => model.name)),
    pairs: distinct(cases.map(pairKey)),
    latest: Math.max(...cases.map(({ time }) => time)),
  };
}

/** A time this far beyond the latest result is a new one, years. */
const timeReach = 0.05;

/** Every kind of novelty of a case. */
export function noveltyOf(one: PredictionCase, known: KnownThings): NoveltyKind[] {
  const kinds: NoveltyKind[] = [];
  const knownModel = known.models.includes(one.model.name);
  const knownChip = known.chips.includes(one.chip.name);
  if (!known.families.includes(one.chip.family)) kinds.push("new-family");
  else if (!knownChip) kinds.push("new-chip");
  if (!knownModel) kinds.push("new-model");
  if (knownChip && knownModel) kinds.push(known.pairs.includes(pairKey(one)) ? "known" : "new-pair");
  if (one.time > known.latest + timeReach) kinds.push("new-time");
  return kinds;
}
