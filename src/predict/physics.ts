import type { PhysicsConstants } from "./physics-constants.ts";
import type { PredictionCase } from "./prediction-case.ts";
import { type Spread, spreadsBeyond, spreadsWithinNode } from "./spread.ts";
import {
  cacheBytesOf,
  type StepCost,
  secondsOf,
  stepCost,
  touchedShare,
  weightBytesOf,
} from "./step-cost.ts";

/** Where the physics sets the batch, and what bounds it. */
export interface OperatingPoint {
  /** Output tokens a second of one accelerator. */
  tokensPerSecond: number;
  /** Accelerators that share one copy of the model. */
  copies: number;
  /** Nodes that one copy stands in. */
  nodesOfCopy: number;
  /** Requests that run at once on one copy. */
  batch: number;
  /** Time of one step of decoding with its share of prefill, s. */
  stepSeconds: number;
  /** A step with one request by itself, and the prefill of one prompt by itself, s: no limit below them can be met. */
  leastStepSeconds: number;
  prefillSeconds: number;
  /** Shares of the step: matrix products, weights, KV cache; the rest is overhead. */
  computeShare: number;
  weightShare: number;
  cacheShare: number;
}

/** Share of the memory that weights and cache may take. */
export const usableMemory = 0.92;
const largestBatch = 4096;

/**
 * Best throughput over the ways to spread the model over accelerators: each holds the largest batch that fits and keeps
 * within the limits; one request where even that breaks them (`limitExcess` tells), on the fastest spread. Null when the model
 * fits nowhere in the system. Tighter limits, longer prompts and fewer accelerators never raise it.
 * A roofline in the sense of Williams, Waterman and Patterson (2009), with prefill and decoding added up for each step.
 */
export function operatingPoint(one: PredictionCase, constants: PhysicsConstants): OperatingPoint | null {
  const points = spreadsWithinNode(one).flatMap((spread) => pointOf(one, constants, spread) ?? []);
  if (points.length === 0) {
    for (const spread of spreadsBeyond(one)) {
      const point = pointOf(one, constants, spread);
      if (point !== null) return point;
    }
    return null;
  }
  const within = points.filter((point) => limitExcess(one, point) <= 1);
  if (within.length > 0)
    return within.reduce((best, point) => (point.tokensPerSecond > best.tokensPerSecond ? point : best));
  return points.reduce((best, point) => (leastTtft(point) < leastTtft(best) ? point : best));
}

/** How far one request by itself is beyond the tighter limit: above 1, no batch keeps within the limits. */
export function limitExcess(one: PredictionCase, point: OperatingPoint): number {
  const { tpotSeconds, ttftSeconds } = limitsOf(one);
  return Math.max(point.leastStepSeconds / tpotSeconds, leastTtft(point) / ttftSeconds);
}

/** A prompt waits for the step that runs, then for its own prefill. */
export const leastTtft = ({ leastStepSeconds, prefillSeconds }: OperatingPoint): number =>
  leastStepSeconds + prefillSeconds;

/** Log of the tokens a second of one accelerator; where the model does not fit, that of a batch of one. */
export function physicsLog(one: PredictionCase, constants: PhysicsConstants): number {
  const everything = { copies: one.accelerators, nodes: one.nodes };
  const tokens =
    operatingPoint(one, constants)?.tokensPerSecond ??
    1 / secondsOf(one, stepCost(one, constants, everything), 1) / one.accelerators;
  const scenario =
    one.scenario === "Server" ? constants.server : one.scenario === "Interactive" ? constants.interactive : 0;
  return Math.log(tokens) + scenario;
}

function limitsOf({ scenario, tpotLimitMs, ttftLimitMs }: PredictionCase): {
  tpotSeconds: number;
  ttftSeconds: number;
} {
  const seconds = (ms: number | null): number =>
    scenario === "Offline" || ms === null ? Number.POSITIVE_INFINITY : ms / 1000;
  return { tpotSeconds: seconds(tpotLimitMs), ttftSeconds: seconds(ttftLimitMs) };
}

function pointOf(one: PredictionCase, constants: PhysicsConstants, spread: Spread): OperatingPoint | null {
  const { copies, nodes } = spread;
  const memoryBytes = one.chip.memoryGb * 1e9 * copies * usableMemory;
  const fitting = (memoryBytes - weightBytesOf(one)) / cacheBytesOf(one);
  if (fitting < 1) return null;
  const cost = stepCost(one, constants, spread);
  const { tpotSeconds, ttftSeconds } = limitsOf(one);
  const limit = Math.min(tpotSeconds, ttftSeconds - cost.prefill);
  const batch = largestBatchWithin(one, cost, Math.min(fitting, largestBatch), limit);
  const stepSeconds = secondsOf(one, cost, batch);
  // Accelerators that are left over when whole copies are laid out do nothing.
  const inUse = (Math.floor(one.accelerators / copies) * copies) / one.accelerators;
  return {
    tokensPerSecond: (batch / stepSeconds / copies) * inUse,
    ...{ copies, nodesOfCopy: nodes, batch, stepSeconds },
    ...{ leastStepSeconds: secondsOf(one, cost, 1), prefillSeconds: cost.prefill },
    computeShare: (batch * cost.computePerRequest) / stepSeconds,
    weightShare: (cost.weights * touchedShare(one, batch)) / stepSeconds,
    cacheShare: (batch * cost.cachePerRequest) / stepSeconds,
  };
}

/** The greatest batch, up to `most`, whose step stays within `limit` seconds; one request where none does. */
function largestBatchWithin(one: PredictionCase, cost: StepCost, most: number, limit: number): number {
  if (secondsOf(one, cost, most) <= limit) return most;
  if (one.model.experts === 1) {
    const perRequest = cost.computePerRequest + cost.cachePerRequest + cost.restPerRequest;
    return Math.max(1, (limit - cost.weights - cost.overhead) / perRequest);
  }
  let [low, high] = [0, Math.log(most)];
  for (let round = 0; round < 16; round += 1) {
    const middle = (low + high) / 2;
    if (secondsOf(one, cost, Math.exp(middle)) > limit) high = middle;
    else low = middle;
  }
  return Math.exp(low);
}
