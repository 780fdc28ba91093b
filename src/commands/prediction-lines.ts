import type { AnsweredWork } from "../predict/asked-work.ts";
import { type LatencyTarget, latencyTargets, latencyTitles } from "../predict/latency-targets.ts";
import { leftOutWords } from "../predict/novelty.ts";
import type { PredictionCase } from "../predict/prediction-case.ts";
import type { Interval, Prediction } from "../predict/predictor.ts";
import type { SupportingResult } from "../predict/support.ts";
import { formatTime } from "../results/quantities.ts";

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });

/** A prediction for people: middle, interval, what it rests on, and what speaks against it. */
export function predictionLines(
  one: PredictionCase,
  work: AnsweredWork,
  prediction: Prediction,
  support: readonly SupportingResult[],
): string {
  const { chip, model, dataType, scenario, accelerators, nodes, framework } = one;
  const system = `${accelerators} × ${chip.name}${nodes > 1 ? ` on ${nodes} nodes` : ""}`;
  const head = `${model.name} in ${dataType}, ${scenario}, ${system}, ${framework ?? "engine unknown"}`;
  const lengths = workLines(work).map((line) => `  ${line}`);
  if (prediction.state === "refused")
    return [head, ...lengths, ...prediction.reasons.map((why) => `  no prediction: ${why}`)].join("\n");
  const { tokensPerSecond, low, high, rooflineTokensPerSecond, point, latencies, warnings, basis } =
    prediction;
  return [
    head,
    ...lengths,
    `  tokens a second   ${whole.format(tokensPerSecond)}   80 % between ${whole.format(low)} and ${whole.format(high)}`,
    `  roofline alone    ${whole.format(rooflineTokensPerSecond)}`,
    ...latencyTargets.flatMap((name) => {
      const interval = latencies[name];
      return interval === undefined ? [] : [`  ${latencyLine(name, interval)}`];
    }),
    ...(point === null
      ? []
      : [
          `  one copy over ${point.copies}, about ${whole.format(point.batch)} requests at once; ${share(point.computeShare)} of a step computes, ${share(point.weightShare)} reads weights, ${share(point.cacheShare)} reads the KV cache`,
        ]),
    `  interval from     results whose ${leftOutWords[basis]} was left out`,
    ...warnings.map((warning) => `  warning           ${warning}`),
    ...support.map((result) => `  measured          ${resultLine(result)}`),
    "  not verified by MLCommons",
  ].join("\n");
}

const share = (part: number): string => `${Math.round(part * 100)} %`;

function latencyLine(name: LatencyTarget, { value, low, high }: Interval): string {
  return `${latencyTitles[name].padEnd(18)}${formatTime(value)}   80 % between ${formatTime(low)} and ${formatTime(high)}`;
}

/** Lengths and limits that an answer holds for, and where those that nobody told come from. */
export function workLines(work: AnsweredWork): string[] {
  const { scenario, workload, promptTokens, outputTokens, ttftLimitMs, tpotLimitMs, assumed } = work;
  const of = (...fields: AnsweredWork["assumed"]): string =>
    fields.some((field) => assumed.includes(field)) ? ` (where not told those of ${workload})` : "";
  const lengths = `lengths           prompts of ${whole.format(promptTokens)} tokens, answers of ${whole.format(outputTokens)}${of("promptTokens", "outputTokens")}`;
  if (scenario === "Offline") return [lengths, "limits            none: Offline"];
  const within = (name: string, ms: number | null): string =>
    ms === null ? `${name} without limit` : `${name} within ${formatTime(ms * 1e6)}`;
  const limits = `${within("TTFT", ttftLimitMs)}, ${within("TPOT", tpotLimitMs)} at the 99th percentile`;
  return [lengths, `limits            ${limits}${of("ttftLimitMs", "tpotLimitMs")}`];
}

/** One measured result on one line, with what sets it apart from what was asked. */
export function resultLine(result: SupportingResult): string {
  const {
    round,
    submitter,
    accelerators,
    accelerator,
    model,
    dataType,
    scenario,
    framework,
    tokensPerSecond,
    tokensPerJoule,
    differs,
  } = result;
  const words = [
    round,
    submitter,
    `${accelerators} × ${accelerator}`,
    `${model} ${dataType}`,
    scenario,
    framework,
  ];
  const energy = tokensPerJoule === null ? "" : `, ${tokensPerJoule.toPrecision(3)} tokens/J measured`;
  const apart = differs.length === 0 ? "" : `; unlike: ${differs.join("; ")}`;
  return `${words.filter((word) => word !== null).join(" · ")}: ${whole.format(tokensPerSecond)} tokens/s${energy} (${result.id})${apart}`;
}
