import { grouped } from "./group-by.ts";
import { scenarioKey } from "./novelty.ts";
import { operatingPoint } from "./physics.ts";
import type { PhysicsConstants } from "./physics-constants.ts";
import { type PredictedScenario, type PredictionCase, predictedScenarios } from "./prediction-case.ts";

/** Lengths and limits of a case. */
export type CaseWorkload = Pick<
  PredictionCase,
  "promptTokens" | "outputTokens" | "beams" | "tpotLimitMs" | "ttftLimitMs"
>;

type CaseLimits = Pick<PredictionCase, "tpotLimitMs" | "ttftLimitMs">;

/** Lengths and limits under which the results were measured. */
export interface WorkloadReference {
  /** The most frequent ones of each `model|scenario`. */
  measured: Record<string, CaseWorkload>;
  /** The most frequent limits of each scenario. */
  limits: Partial<Record<PredictedScenario, CaseLimits>>;
}

const lengthsAndLimits = ({
  promptTokens,
  outputTokens,
  beams,
  tpotLimitMs,
  ttftLimitMs,
}: CaseWorkload): CaseWorkload => ({ promptTokens, outputTokens, beams, tpotLimitMs, ttftLimitMs });

const limitsAlone = ({ tpotLimitMs, ttftLimitMs }: CaseLimits): CaseLimits => ({ tpotLimitMs, ttftLimitMs });

/** What the cases were measured under. */
export function workloadReference(cases: readonly PredictionCase[]): WorkloadReference {
  const reference: WorkloadReference = { measured: {}, limits: {} };
  for (const [key, members] of grouped(cases, scenarioKey))
    reference.measured[key] = mostFrequent(members.map(lengthsAndLimits));
  for (const scenario of predictedScenarios) {
    const members = cases.filter((one) => one.scenario === scenario);
    if (members.length > 0) reference.limits[scenario] = mostFrequent(members.map(limitsAlone));
  }
  return reference;
}

function mostFrequent<Item extends object>(items: readonly Item[]): Item {
  const alike = [...grouped(items, (item) => JSON.stringify(item)).values()];
  return alike.reduce((most, group) => (group.length > most.length ? group : most))[0] as Item;
}

/**
 * The case as it was measured most: its model's lengths and limits in the place of those asked for, or usual limits for a model
 * that was not measured in the scenario. What the process learned is taken there, so that what differs acts through the physics
 * alone, whose effect has a known direction.
 */
export function atReference(one: PredictionCase, { measured, limits }: WorkloadReference): PredictionCase {
  return { ...one, ...(measured[scenarioKey(one)] ?? limits[one.scenario]) };
}

/** How far the lengths of two cases are apart, in factors of e. */
export function lengthDistance(one: CaseWorkload, other: CaseWorkload): number {
  return Math.hypot(
    Math.log(one.promptTokens / other.promptTokens),
    Math.log(one.outputTokens / other.outputTokens),
  );
}

/**
 * How far a case is from its reference, in factors of e: in its lengths, and in the step that the limits leave. A limit that
 * bounds nothing makes no other case.
 */
export function referenceDistance(
  one: PredictionCase,
  reference: PredictionCase,
  constants: PhysicsConstants,
): number {
  const stepUnder = (limits: CaseLimits): number =>
    operatingPoint({ ...one, ...limitsAlone(limits) }, constants)?.stepSeconds ?? 1;
  return Math.hypot(lengthDistance(one, reference), Math.log(stepUnder(one) / stepUnder(reference)));
}
