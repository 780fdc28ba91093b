import type { PhysicsConstants } from "./physics-constants.ts";
import { bytesPerWeight, type PredictionCase, peakTflopsOf } from "./prediction-case.ts";
import type { Spread } from "./spread.ts";

/** What one step costs on one copy, s: parts that grow with the batch, for each request in it, and parts that do not. */
export interface StepCost {
  computePerRequest: number;
  cachePerRequest: number;
  restPerRequest: number;
  /** Reading all weights; a mixture of experts reads those that the batch touches. */
  weights: number;
  overhead: number;
  /** A prompt by itself: how long its first token takes at least, beside the step that it waits for. */
  prefill: number;
}

const attentionShareOfPeak = 0.35;
const layerOverheadSeconds = 80e-6;
/** Direct links of which nothing is known are taken for those of PCIe, GB/s. */
const usualLinkGbps = 64;
/** Between nodes an accelerator is taken to have a network port of 200 Gb/s; no result tells it. GB/s. */
export const networkGbps = 25;

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

/** Time of one step with a batch, s. */
export function secondsOf(one: PredictionCase, cost: StepCost, batch: number): number {
  const { computePerRequest, cachePerRequest, restPerRequest, weights, overhead } = cost;
  return (
    batch * (computePerRequest + cachePerRequest + restPerRequest) +
    weights * touchedShare(one, batch) +
    overhead
  );
}

/** Share of the weights that a batch reads: experts are taken for chosen at random. */
export function touchedShare({ model }: PredictionCase, batch: number): number {
  return model.experts > 1 ? 1 - (1 - model.experts_active / model.experts) ** batch : 1;
}

/** What a step costs where one copy is spread in a way. */
export function stepCost(one: PredictionCase, constants: PhysicsConstants, spread: Spread): StepCost {
  const { model, beams, promptTokens, outputTokens } = one;
  const { copies } = spread;
  // Each output token carries its share of the prompt that was prefilled for it.
  const passes = beams + promptTokens / outputTokens;
  const bandwidth = one.chip.memory_bandwidth_tbps * 1e12 * Math.exp(constants.memory);
  const keysOfPrompt = promptTokens ** 2 / 2;
  const keysSeen = beams * (promptTokens + outputTokens / 2) + keysOfPrompt / outputTokens;
  const passSeconds = passCost(one, constants, spread, bandwidth);
  const weights = weightBytesOf(one) / copies / bandwidth;
  const overhead = model.layers * layerOverheadSeconds * Math.exp(constants.layerOverhead);
  const { linear, attention, rest } = passSeconds;
  return {
    computePerRequest: passes * linear + keysSeen * attention,
    cachePerRequest: cacheBytesOf(one) / copies / bandwidth,
    restPerRequest: passes * rest,
    ...{ weights, overhead },
    prefill: promptTokens * (linear + rest) + keysOfPrompt * attention + weights + overhead,
  };
}

/** Seconds that one token takes to pass: in matrix products, for each key that it attends to, and in moving hidden states. */
function passCost(
  { chip, model, dataType }: PredictionCase,
  constants: PhysicsConstants,
  { copies, nodes }: Spread,
  bandwidth: number,
): { linear: number; attention: number; rest: number } {
  const wide = Math.min(0.9, 0.13 * Math.exp(constants.wide));
  const processor = chip.isCpu ? constants.processor : 0;
  const efficiency =
    constants.compute +
    (dataType === "fp4" ? constants.fp4 : 0) +
    constants.hiddenSize * Math.log(model.hidden_size / 8192) +
    constants.experts * (Math.log2(model.experts) / 8) +
    processor +
    (chip.vendor === "AMD" ? constants.amd : 0);
  const secondsPerOperation =
    (1 - wide) / (peakTflopsOf(chip, dataType) * 1e12) + wide / (chip.peak_bf16_tflops * 1e12);
  const attentionPeak = attentionShareOfPeak * chip.peak_bf16_tflops * 1e12 * Math.exp(processor);
  const hiddenBytes = 2 * model.hidden_size * model.layers;
  const direct = chip.interconnect_gbps ?? usualLinkGbps;
  const gbps = nodes > 1 ? Math.min(direct, networkGbps) : direct;
  const links = gbps * 1e9 * 0.13 * Math.exp(constants.interconnect);
  // Two reductions a layer, of which each accelerator sends and receives all but its own part.
  const exchange = copies === 1 ? 0 : (4 * hiddenBytes * (1 - 1 / copies)) / links;
  return {
    linear: (2 * model.activeParameters * secondsPerOperation) / Math.exp(efficiency) / copies,
    attention: (4 * model.layers * model.attention_heads * model.head_dim) / attentionPeak / copies,
    rest: ((20 * Math.exp(constants.activations) * hiddenBytes) / bandwidth + exchange) / copies,
  };
}
