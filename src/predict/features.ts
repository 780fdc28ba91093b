import { type OperatingPoint, operatingPoint } from "./physics.ts";
import type { PhysicsConstants } from "./physics-constants.ts";
import { bytesPerWeight, type PredictionCase, peakTflopsOf } from "./prediction-case.ts";
import { evenSystem } from "./spread.ts";

/** Kinds of features; the learner weighs each kind as a whole. */
export const featureGroups = [
  "chip",
  "vendor",
  "model",
  "type",
  "scenario",
  "lengths",
  "roofline",
  "framework",
  "time",
] as const;
export type FeatureGroup = (typeof featureGroups)[number];

type Feature = readonly [group: FeatureGroup, name: string, value: (facts: Facts) => number];

interface Facts {
  one: PredictionCase;
  point: OperatingPoint | null;
  peak: number;
}

const is = (truth: boolean): number => (truth ? 1 : 0);
const frameworks = ["TensorRT-LLM", "vLLM", "PyTorch", "SGLang", "LLMBoost"] as const;

const features: readonly Feature[] = [
  ["chip", "log bf16 peak", ({ one }) => Math.log(one.chip.peak_bf16_tflops)],
  ["chip", "log peak in use", ({ peak }) => Math.log(peak)],
  ["chip", "log memory bandwidth", ({ one }) => Math.log(one.chip.memory_bandwidth_tbps)],
  ["chip", "log memory", ({ one }) => Math.log(one.chip.memoryGb)],
  ["chip", "log interconnect", ({ one }) => Math.log(one.chip.interconnect_gbps ?? 64)],
  ["chip", "log power", ({ one }) => Math.log(one.chip.tdp_w ?? 500)],
  ["chip", "log peak a watt", ({ one, peak }) => Math.log(peak / (one.chip.tdp_w ?? 500))],
  ["chip", "year", ({ one }) => one.chip.accelerator_year ?? 2024],
  ["vendor", "processor", ({ one }) => is(one.chip.isCpu)],
  ["vendor", "NVIDIA", ({ one }) => is(one.chip.vendor === "NVIDIA")],
  ["vendor", "AMD", ({ one }) => is(one.chip.vendor === "AMD")],
  ["vendor", "Intel", ({ one }) => is(one.chip.vendor === "Intel")],
  ["model", "log parameters", ({ one }) => Math.log(one.model.parameters)],
  ["model", "log active parameters", ({ one }) => Math.log(one.model.activeParameters)],
  ["model", "log hidden size", ({ one }) => Math.log(one.model.hidden_size)],
  ["model", "layers", ({ one }) => Math.log(one.model.layers)],
  ["model", "log experts", ({ one }) => Math.log2(one.model.experts)],
  ["model", "log KV elements", ({ one }) => Math.log(one.model.kv_elements_per_token_layer)],
  ["type", "log bytes", ({ one }) => Math.log2(bytesPerWeight(one.dataType))],
  ["type", "fp4", ({ one }) => is(one.dataType === "fp4")],
  ["type", "fp8", ({ one }) => is(one.dataType === "fp8")],
  ["type", "integer", ({ one }) => is(one.dataType.startsWith("int"))],
  ["scenario", "Server", ({ one }) => is(one.scenario === "Server")],
  ["scenario", "Interactive", ({ one }) => is(one.scenario === "Interactive")],
  ["scenario", "log TPOT limit", ({ one }) => Math.log(one.tpotLimitMs ?? 400)],
  ["lengths", "log prompt", ({ one }) => Math.log(one.promptTokens)],
  ["lengths", "log answer", ({ one }) => Math.log(one.outputTokens)],
  ["lengths", "beams", ({ one }) => Math.log(one.beams)],
  ["roofline", "compute share", ({ point }) => point?.computeShare ?? 0],
  ["roofline", "weight share", ({ point }) => point?.weightShare ?? 1],
  ["roofline", "cache share", ({ point }) => point?.cacheShare ?? 0],
  ["roofline", "log batch", ({ point }) => Math.log(point?.batch ?? 1)],
  ["roofline", "log copies", ({ point }) => Math.log2(point?.copies ?? 8)],
  ["roofline", "log step", ({ point }) => Math.log(point?.stepSeconds ?? 1)],
  ...frameworks.map((name): Feature => ["framework", name, ({ one }) => is(one.framework === name)]),
  ["framework", "open", ({ one }) => is(one.division === "open")],
  ["time", "time", ({ one }) => one.time],
];

/** Name and group of each feature, in the order of the vectors. */
export const featureNames: readonly { group: FeatureGroup; name: string }[] = features.map(
  ([group, name]) => ({
    group,
    name,
  }),
);

/** The features of a case, as they are; the roofline's need the fitted constants. */
export function featuresOf(one: PredictionCase, constants: PhysicsConstants): Float64Array {
  const point = operatingPoint(evenSystem(one), constants) ?? operatingPoint(one, constants);
  const facts = { one, point, peak: peakTflopsOf(one.chip, one.dataType) };
  return Float64Array.from(features, ([, , value]) => value(facts));
}
