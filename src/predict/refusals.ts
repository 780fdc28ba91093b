import type { NoveltyKind } from "./novelty.ts";
import { leastTtft, limitExcess, type OperatingPoint, usableMemory } from "./physics.ts";
import type { PredictionCase } from "./prediction-case.ts";
import { cacheBytesOf, weightBytesOf } from "./step-cost.ts";

/**
 * Why a case has no prediction: nothing to go by, too little memory, limits out of reach. A limit is out of reach where the physics
 * puts one request by itself beyond it by more than `limitTolerance`, its own scatter.
 */
export function refusalsOf(
  one: PredictionCase,
  novelty: readonly NoveltyKind[],
  point: OperatingPoint | null,
  limitTolerance: number,
): string[] {
  const newModel = novelty.includes("new-model") || novelty.includes("new-moe");
  return [
    ...(novelty.includes("new-family") && newModel
      ? ["Neither this model nor any chip of this family was measured: there is nothing to go by."]
      : []),
    ...(point === null ? memoryReasons(one) : limitReasons(one, point, limitTolerance)),
  ];
}

function memoryReasons(one: PredictionCase): string[] {
  const memory = one.chip.memoryGb * one.accelerators;
  const weights = weightBytesOf(one) / 1e9;
  if (weights > memory * usableMemory)
    return [
      `The weights take ${Math.round(weights)} GB and the accelerators hold ${Math.round(memory)} GB, of which weights and cache can fill ${Math.round(100 * usableMemory)} %: ${Math.round(memory * usableMemory)} GB.`,
    ];
  const cache = cacheBytesOf(one) / 1e9;
  return [
    `The KV cache of one request takes ${amount(cache)} GB, and the accelerators hold ${Math.round(memory)} GB, of which the weights take ${Math.round(weights)} GB.`,
  ];
}

function limitReasons(one: PredictionCase, point: OperatingPoint, tolerance: number): string[] {
  if (limitExcess(one, point) <= tolerance) return [];
  const { leastStepSeconds, prefillSeconds } = point;
  const reasons: string[] = [];
  const { tpotLimitMs, ttftLimitMs } = one;
  if (tpotLimitMs !== null && leastStepSeconds * 1000 > tpotLimitMs * tolerance)
    reasons.push(
      `TPOT cannot be within ${amount(tpotLimitMs)} ms: one request by itself takes about ${amount(leastStepSeconds * 1000)} ms a token.`,
    );
  if (ttftLimitMs !== null && leastTtft(point) * 1000 > ttftLimitMs * tolerance)
    reasons.push(
      `TTFT cannot be within ${amount(ttftLimitMs)} ms: one prompt by itself takes about ${amount(prefillSeconds * 1000)} ms, after a step of ${amount(leastStepSeconds * 1000)} ms.`,
    );
  return reasons;
}

const amounts = new Intl.NumberFormat("en", { maximumSignificantDigits: 3 });

/** A figure of three digits. */
export const amount = (value: number): string => amounts.format(value);
