import { type LatencyTarget, latencyTargets, latencyTitles } from "./latency-targets.ts";
import type { OutOfRange, RangedQuantity } from "./measured-ranges.ts";
import type { NoveltyKind } from "./novelty.ts";
import { limitExcess, type OperatingPoint } from "./physics.ts";
import type { PredictionCase } from "./prediction-case.ts";
import { amount } from "./refusals.ts";
import { networkGbps } from "./step-cost.ts";

/** What a prediction is, as far as it speaks against itself. */
export interface Doubts {
  novelty: readonly NoveltyKind[];
  point: OperatingPoint | null;
  latencies: Partial<Record<LatencyTarget, { value: number }>>;
  /** The case with the lengths and limits under which its model was measured. */
  reference: PredictionCase;
  outside: readonly OutOfRange[];
  /** High end of the interval over its middle. */
  spread: number;
}

/** An interval that reaches further is called wide. */
const wideSpread = 1.5;

/** Sentences that say why a prediction is to be read with care. */
export function warningsOf(one: PredictionCase, doubts: Doubts): string[] {
  const { novelty, outside, spread, point } = doubts;
  return [
    ...novelty.flatMap((kind) => noveltySentence(kind, one, doubts) ?? []),
    ...outside.map(outsideSentence),
    ...limitWarnings(one, doubts),
    ...(point !== null && point.nodesOfCopy > 1
      ? [
          `No node holds the model: one copy spans ${point.nodesOfCopy} nodes, over a network that is taken for ${networkGbps} GB/s for each accelerator; no result tells this.`,
        ]
      : []),
    ...(spread > wideSpread ? ["The interval is wide: few results are like this one."] : []),
    ...(one.framework === null ? ["The serving engine is not told; engines differ."] : []),
  ];
}

function noveltySentence(kind: NoveltyKind, one: PredictionCase, doubts: Doubts): string | null {
  const { chip, model, dataType, framework, scenario } = one;
  const { promptTokens, outputTokens, ttftLimitMs, tpotLimitMs } = doubts.reference;
  const limits = [
    ...(ttftLimitMs === null ? [] : [`TTFT within ${amount(ttftLimitMs)} ms`]),
    ...(tpotLimitMs === null ? [] : [`TPOT within ${amount(tpotLimitMs)} ms`]),
  ].join(" and ");
  const sentences: Readonly<Record<NoveltyKind, string | null>> = {
    known: null,
    "new-pair": "This chip and this model were measured, but never together.",
    "new-chip": "No result of this chip was measured; others of its family were.",
    "new-family": "No chip of this family was measured: this extrapolates.",
    "new-model": "This model was never measured: this extrapolates.",
    "new-moe":
      "This model was never measured: this extrapolates, and mixtures of experts differ more than other models.",
    "new-type": `${dataType} was never measured on chips of the family ${chip.family}: this extrapolates.`,
    "new-engine": `${framework} was never measured on ${chip.name}: this extrapolates.`,
    "new-scenario": `${model.name} was never measured in ${scenario}: this extrapolates.`,
    "new-workload": `${model.name} was measured with prompts of ${amount(promptTokens)} and answers of ${amount(outputTokens)} tokens${limits === "" ? "" : `, ${limits}`}: what differs is told by the physics alone.`,
    "new-time": "The time is later than all results: software may have become faster.",
    far: doubts.outside.length > 0 ? null : "It is far from all results: this extrapolates.",
  };
  return sentences[kind];
}

const quantityTitles: Readonly<Record<RangedQuantity, [title: string, unit: string]>> = {
  promptTokens: ["Prompts", " tokens"],
  outputTokens: ["Answers", " tokens"],
  tpotLimitMs: ["Limits of TPOT", " ms"],
  ttftLimitMs: ["Limits of TTFT", " ms"],
  accelerators: ["Systems", " accelerators"],
  parameters: ["Models", " billion parameters"],
};

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });

function outsideSentence({ name, value, range }: OutOfRange): string {
  const [title, unit] = quantityTitles[name];
  const [asked, least, most] = [value, ...range].map((figure) =>
    whole.format(name === "parameters" ? figure / 1e9 : figure),
  );
  return `${title} of ${asked}${unit} are outside what was measured, ${least} to ${most}: this extrapolates.`;
}

function limitWarnings(one: PredictionCase, { point, latencies }: Doubts): string[] {
  const { ttftLimitMs, tpotLimitMs } = one;
  const beyond = latencyTargets.flatMap((name) => {
    const limitMs = name.startsWith("ttft") ? ttftLimitMs : tpotLimitMs;
    const middleMs = (latencies[name]?.value ?? 0) / 1e6;
    return limitMs !== null && middleMs > limitMs
      ? [
          `${latencyTitles[name]} of ${amount(middleMs)} ms is above the limit of ${amount(limitMs)} ms: it may not be kept.`,
        ]
      : [];
  });
  if (point === null || limitExcess(one, point) <= 1) return beyond;
  return [
    `The limits may be out of reach: by the physics one request by itself takes ${amount(limitExcess(one, point))} times as long.`,
    ...beyond,
  ];
}
