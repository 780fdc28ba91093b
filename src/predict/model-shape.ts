import type { CaseModel } from "./prediction-case.ts";
import type { ModelSize } from "./question-schema.ts";

export type { ModelSize };

/** Shapes of dense models of one family, by parameters: Llama 3.2 1B, 3.1 8B, 70B and 405B. */
const ladder = [
  { parameters: 1.24e9, layers: 16, hidden: 2048 },
  { parameters: 8.03e9, layers: 32, hidden: 4096 },
  { parameters: 70.6e9, layers: 80, hidden: 8192 },
  { parameters: 405.9e9, layers: 126, hidden: 16384 },
] as const;
const headDim = 128;
const kvHeads = 8;

/** A shape for a model of which only the size is known: between those of dense models as large as its active part. */
export function shapeOfSize({
  name,
  parameters,
  activeParameters,
  experts,
  expertsActive,
}: ModelSize): CaseModel {
  const active = activeParameters ?? parameters;
  const dense = (experts ?? 1) > 1 ? Math.sqrt(active * parameters) : parameters;
  const layers = Math.max(1, Math.round(between(dense, ({ layers: count }) => count)));
  const heads = Math.max(1, Math.round(between(dense, ({ hidden }) => hidden) / headDim));
  return {
    name: name ?? `${Math.round(parameters / 1e8) / 10}B`,
    ...{ parameters, activeParameters: active, layers, hidden_size: heads * headDim },
    ...{ attention_heads: heads, kv_heads: Math.min(kvHeads, heads), head_dim: headDim },
    ...{ experts: experts ?? 1, experts_active: expertsActive ?? 1 },
    kv_elements_per_token_layer: 2 * Math.min(kvHeads, heads) * headDim,
  };
}

type Step = (typeof ladder)[number];

/** Straight lines between the logs of the ladder, continued at its ends. */
function between(parameters: number, of: (step: Step) => number): number {
  const above = ladder.findIndex((step) => step.parameters >= parameters);
  const upper = Math.min(ladder.length - 1, Math.max(1, above === -1 ? ladder.length - 1 : above));
  const [low, high] = [ladder[upper - 1] as Step, ladder[upper] as Step];
  const share = Math.log(parameters / low.parameters) / Math.log(high.parameters / low.parameters);
  return Math.exp(Math.log(of(low)) + share * Math.log(of(high) / of(low)));
}
