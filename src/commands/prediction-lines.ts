import type { MeasuredResult } from "../predict/catalog.ts";
import { type LatencyTarget, latencyTargets, latencyTitles } from "../predict/latency-targets.ts";
import { leftOutWords } from "../predict/novelty.ts";
import type { PredictionCase } from "../predict/prediction-case.ts";
import type { Interval, Prediction } from "../predict/predictor.ts";
import { formatTime } from "../results/quantities.ts";

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });

/** A prediction for people: middle, interval, what it rests on, and what speaks against it. */
export function predictionLines(
  one: PredictionCase,
  prediction: Prediction,
  support: readonly MeasuredResult[],
): string {
  const { chip, model, dataType, scenario, accelerators, nodes, framework } = one;
  const system = `${accelerators} × ${chip.name}${nodes > 1 ? ` on ${nodes} nodes` : ""}`;
  const head = `${model.name} in ${dataType}, ${scenario}, ${system}, ${framework ?? "engine unknown"}`;
  if (prediction.state === "refused")
    return [head, ...prediction.reasons.map((why) => `  no prediction: ${why}`)].join("\n");
  const { tokensPerSecond, low, high, rooflineTokensPerSecond, point, latencies, warnings, basis } =
    prediction;
  return [
    head,
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

/** One measured result on one line. */
export function resultLine(result: MeasuredResult): string {
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
  } = result;
  const words = [
    round,
    submitter,
    `${accelerators} × ${accelerator}`,
    `${model} ${dataType}`,
    scenario,
    framework,
  ];
  return `${words.filter((word) => word !== null).join(" · ")}: ${whole.format(tokensPerSecond)} tokens/s (${result.id})`;
}
