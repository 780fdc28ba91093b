import { bytesPerWeight, type PredictionCase, peakTflopsOf } from "./prediction-case.ts";

/**
 * What the physics leaves to be fitted. Effective constants of the whole population of results, not facts about hardware:
 * shares of a peak, an overhead, and exponents.
 */
export interface PhysicsConstants {
  /** Log of the share of the peak that matrix products reach. */
  compute: number;
  /** Log of the further share that fp4 reaches. */
  fp4: number;
  /** Log of the share of the memory bandwidth that is reached. */
  memory: number;
  /** Log of the time that a layer takes whatever it computes, in units of 80 µs. */
  layerOverhead: number;
  /** Log of the share of the interconnect's bandwidth that is reached. */
  interconnect: number;
  /** Exponent of hidden size / 8192: small matrices reach less of the peak. */
  hiddenSize: number;
  /** Loss of a mixture of experts for each 8 doublings of experts. */
  experts: number;
  /** Log of the share of their peak that processors reach, beside that of accelerators. */
  processor: number;
  /** Log of the share of AMD's chips beside that of the others. */
  amd: number;
  /** Log of hidden-state traffic, in units of 20 passes a layer. */
  activations: number;
  /** Log of the part of operations that stays in bf16, in units of 13 %. */
  wide: number;
  /** Log of throughput under the limits of Server beside Offline. */
  server: number;
  /** The same for Interactive. */
  interactive: number;
}

/** Names of the constants, in the order in which a fit holds them. */
export const constantNames = [
  "compute",
  "fp4",
  "memory",
  "layerOverhead",
  "interconnect",
  "hiddenSize",
  "experts",
  "processor",
  "amd",
  "activations",
  "wide",
  "server",
  "interactive",
] as const satisfies readonly (keyof PhysicsConstants)[];

/** Where the physics sets the batch, and what bounds it. */
export interface OperatingPoint {
  /** Output tokens a second of one accelerator. */
  tokensPerSecond: number;
  /** Accelerators that share one copy of the model. */
  copies: number;
  /** Requests that run at once on one copy. */
  batch: number;
  /** Time of one step of decoding with its share of prefill, s. */
  stepSeconds: number;
  /** Shares of the step: matrix products, weights, KV cache; the rest is overhead. */
  computeShare: number;
  weightShare: number;
  cacheShare: number;
}

const attentionShareOfPeak = 0.35;
/** Share of the memory that weights and cache may take. */
const usableMemory = 0.92;
const layerOverheadSeconds = 80e-6;
const largestBatch = 4096;
const leastBatch = 0.05;

/** What one step costs on one copy, s: parts that grow with the batch, for each request in it, and parts that do not. */
interface StepCost {
  computePerRequest: number;
  cachePerRequest: number;
  restPerRequest: number;
  /** Reading all weights; a mixture of experts reads those that the batch touches. */
  weights: number;
  overhead: number;
}

/**
 * Best throughput over the ways to spread the model over 1, 2, 4, … accelerators: each holds the largest batch that fits
 * and keeps a step within the limit of TPOT. Null when the model fits nowhere in the system.
 * A roofline in the sense of Williams, Waterman and Patterson (2009), with prefill and decoding added up for each step.
 */
export function operatingPoint(one: PredictionCase, constants: PhysicsConstants): OperatingPoint | null {
  const perNode = Math.max(1, Math.round(one.accelerators / one.nodes));
  const most = /^GB[23]00/.test(one.chip.name) ? Math.min(72, one.accelerators) : perNode;
  let best: OperatingPoint | null = null;
  for (let spread = 1; spread <= Math.max(1, most); spread *= 2) {
    const point = pointOf(one, constants, spread);
    if (point !== null && (best === null || point.tokensPerSecond > best.tokensPerSecond)) best = point;
  }
  return best ?? pointOf(one, constants, one.accelerators);
}

/** Log of the tokens a second of one accelerator; where the model does not fit, that of a batch of one. */
export function physicsLog(one: PredictionCase, constants: PhysicsConstants): number {
  const point = operatingPoint(one, constants);
  const tokens =
    point?.tokensPerSecond ??
    1 / secondsOf(one, stepCost(one, constants, one.accelerators), 1) / one.accelerators;
  const scenario =
    one.scenario === "Server" ? constants.server : one.scenario === "Interactive" ? constants.interactive : 0;
  return Math.log(tokens) + scenario;
}

/** Bytes of the weights of one copy. */
export function weightBytesOf({ model, dataType }: PredictionCase): number {
  return model.parameters * bytesPerWeight(dataType);
}

/** Bytes of the KV cache of one request in the middle of its answer. */
export function cacheBytesOf({ model, dataType, promptTokens, outputTokens, beams }: PredictionCase): number {
  const bytes = bytesPerWeight(dataType) <= 1 ? 1 : 2;
  const layers = model.full_attention_layers ?? model.layers;
  return model.kv_elements_per_token_layer * layers * bytes * (promptTokens + (beams * outputTokens) / 2);
}

function pointOf(one: PredictionCase, constants: PhysicsConstants, copies: number): OperatingPoint | null {
  const memoryBytes = one.chip.memoryGb * 1e9 * copies * usableMemory;
  const fitting = (memoryBytes - weightBytesOf(one)) / cacheBytesOf(one);
  if (fitting < 1) return null;
  const cost = stepCost(one, constants, copies);
  const limit = one.scenario === "Offline" || one.tpotLimitMs === null ? null : one.tpotLimitMs / 1000;
  const batch = largestBatchWithin(one, cost, Math.min(fitting, largestBatch), limit);
  const stepSeconds = secondsOf(one, cost, batch);
  return {
    ...{ tokensPerSecond: batch / stepSeconds / copies, copies, batch, stepSeconds },
    computeShare: (batch * cost.computePerRequest) / stepSeconds,
    weightShare: (cost.weights * touchedShare(one, batch)) / stepSeconds,
    cacheShare: (batch * cost.cachePerRequest) / stepSeconds,
  };
}

/** The greatest batch, up to `most`, whose step stays within `limit` seconds; a part of a request where none does. */
function largestBatchWithin(one: PredictionCase, cost: StepCost, most: number, limit: number | null): number {
  if (limit === null || secondsOf(one, cost, most) <= limit) return most;
  if (one.model.experts === 1) {
    const perRequest = cost.computePerRequest + cost.cachePerRequest + cost.restPerRequest;
    return Math.max(leastBatch, (limit - cost.weights - cost.overhead) / perRequest);
  }
  let [low, high] = [Math.log(leastBatch), Math.log(most)];
  for (let round = 0; round < 16; round += 1) {
    const middle = (low + high) / 2;
    if (secondsOf(one, cost, Math.exp(middle)) > limit) high = middle;
    else low = middle;
  }
  return Math.exp(low);
}

function secondsOf(one: PredictionCase, cost: StepCost, batch: number): number {
  const { computePerRequest, cachePerRequest, restPerRequest, weights, overhead } = cost;
  return (
    batch * (computePerRequest + cachePerRequest + restPerRequest) +
    weights * touchedShare(one, batch) +
    overhead
  );
}

/** Share of the weights that a batch reads: experts are taken for chosen at random. */
function touchedShare({ model }: PredictionCase, batch: number): number {
  return model.experts > 1 ? 1 - (1 - model.experts_active / model.experts) ** batch : 1;
}

function stepCost(one: PredictionCase, constants: PhysicsConstants, copies: number): StepCost {
  const { chip, model, dataType, beams, promptTokens, outputTokens } = one;
  const bandwidth = chip.memory_bandwidth_tbps * 1e12 * Math.exp(constants.memory);
  const wide = Math.min(0.9, 0.13 * Math.exp(constants.wide));
  const processor = chip.isCpu ? constants.processor : 0;
  const efficiency =
    constants.compute +
    (dataType === "fp4" ? constants.fp4 : 0) +
    constants.hiddenSize * Math.log(model.hidden_size / 8192) +
    constants.experts * (Math.log2(model.experts) / 8) +
    processor +
    (chip.vendor === "AMD" ? constants.amd : 0);
  // Each output token carries its share of the prompt that was prefilled for it.
  const passes = beams + promptTokens / outputTokens;
  const secondsPerOperation =
    (1 - wide) / (peakTflopsOf(chip, dataType) * 1e12) + wide / (chip.peak_bf16_tflops * 1e12);
  const linear = (2 * model.activeParameters * passes * secondsPerOperation) / Math.exp(efficiency);
  const keysSeen = beams * (promptTokens + outputTokens / 2) + promptTokens ** 2 / 2 / outputTokens;
  const attention =
    (4 * model.layers * model.attention_heads * model.head_dim * keysSeen) /
    (attentionShareOfPeak * chip.peak_bf16_tflops * 1e12 * Math.exp(processor));
  const hiddenBytes = 2 * model.hidden_size * model.layers * passes;
  const links = (chip.interconnect_gbps ?? 64) * 1e9 * 0.13 * Math.exp(constants.interconnect);
  // Two reductions a layer, of which each accelerator sends and receives all but its own part.
  const exchange = copies === 1 ? 0 : (4 * hiddenBytes * (1 - 1 / copies)) / links;
  return {
    computePerRequest: (linear + attention) / copies,
    cachePerRequest: cacheBytesOf(one) / copies / bandwidth,
    restPerRequest: ((20 * Math.exp(constants.activations) * hiddenBytes) / bandwidth + exchange) / copies,
    weights: weightBytesOf(one) / copies / bandwidth,
    overhead: model.layers * layerOverheadSeconds * Math.exp(constants.layerOverhead),
  };
}
