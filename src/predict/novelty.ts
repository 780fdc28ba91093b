import type { PredictionCase } from "./prediction-case.ts";

/**
 * Ways in which a case is unlike what was measured. `known` stands for none of those of chip and model; `far` is no experience of
 * its own: such a case takes the widest of all.
 */
export const noveltyKinds = [
  "known",
  "new-pair",
  "new-chip",
  "new-family",
  "new-model",
  "new-moe",
  "new-type",
  "new-engine",
  "new-scenario",
  "new-workload",
  "new-time",
  "far",
] as const;
export type NoveltyKind = (typeof noveltyKinds)[number];

/** What was left out of training to see how wide intervals must be, by kind. */
export const leftOutWords: Readonly<Record<NoveltyKind, string>> = {
  known: "system",
  "new-pair": "pair of chip and model",
  "new-chip": "chip",
  "new-family": "family of chips",
  "new-model": "model",
  "new-moe": "model, a mixture of experts,",
  "new-type": "data type on a family of chips",
  "new-engine": "engine on a chip",
  "new-scenario": "pair of model and scenario",
  "new-workload": "lengths of prompts and answers",
  "new-time": "round",
  far: "whole kind",
};

/** What the training data hold; names that belong together are joined by `|`. */
export interface KnownThings {
  chips: string[];
  families: string[];
  models: string[];
  /** Measured together: chip and model, family and type, chip or family and engine, model and scenario. */
  pairs: string[];
  familyTypes: string[];
  engines: string[];
  scenarios: string[];
  /** Time of the latest result, as a year with fraction. */
  latest: number;
}

const distinct = (values: readonly string[]): string[] => [...new Set(values)].toSorted();

/** Key of a chip with a model. */
export const pairKey = ({ chip, model }: PredictionCase): string => `${chip.name}|${model.name}`;

/** Key of a family of chips with a type; the 16-bit types are one. */
export const familyTypeKey = ({ chip, dataType }: PredictionCase): string =>
  `${chip.family}|${dataType === "fp16" ? "bf16" : dataType}`;

/** Key of a chip with an engine. */
export const engineKey = ({ chip, framework }: PredictionCase): string => `${chip.name}|${framework}`;
const familyEngineKey = ({ chip, framework }: PredictionCase): string => `${chip.family}|${framework}`;

/** Key of a model with a scenario. */
export const scenarioKey = ({ model, scenario }: PredictionCase): string => `${model.name}|${scenario}`;

/** What cases hold, for `noveltyOf`. */
export function knownThings(cases: readonly PredictionCase[]): KnownThings {
  return {
    chips: distinct(cases.map(({ chip }) => chip.name)),
    families: distinct(cases.map(({ chip }) => chip.family)),
    models: distinct(cases.map(({ model }) => model.name)),
    pairs: distinct(cases.map(pairKey)),
    familyTypes: distinct(cases.map(familyTypeKey)),
    engines: distinct(cases.flatMap((one) => [engineKey(one), familyEngineKey(one)])),
    scenarios: distinct(cases.map(scenarioKey)),
    latest: Math.max(...cases.map(({ time }) => time)),
  };
}

/** A time this far beyond the latest result is a new one, years. */
const timeReach = 0.05;

/** Every kind of novelty of a case that names tell: `new-workload` and `far` are told by distances. */
export function noveltyOf(one: PredictionCase, known: KnownThings): NoveltyKind[] {
  const kinds: NoveltyKind[] = [];
  const knownModel = known.models.includes(one.model.name);
  const knownChip = known.chips.includes(one.chip.name);
  const knownFamily = known.families.includes(one.chip.family);
  if (!knownFamily) kinds.push("new-family");
  else if (!knownChip) kinds.push("new-chip");
  if (!knownModel) kinds.push(one.model.experts > 1 ? "new-moe" : "new-model");
  if (knownChip && knownModel) kinds.push(known.pairs.includes(pairKey(one)) ? "known" : "new-pair");
  if (knownFamily && !known.familyTypes.includes(familyTypeKey(one))) kinds.push("new-type");
  const engine = knownChip ? engineKey(one) : familyEngineKey(one);
  if (knownFamily && one.framework !== null && !known.engines.includes(engine)) kinds.push("new-engine");
  if (knownModel && !known.scenarios.includes(scenarioKey(one))) kinds.push("new-scenario");
  if (one.time > known.latest + timeReach) kinds.push("new-time");
  return kinds;
}
