import type { Prediction } from "../../../predict/predictor.ts";

/** A prediction whose figures can be shown: one of them that is no positive number is no prediction. */
export function withoutNonsense(prediction: Prediction): Prediction {
  if (prediction.state === "refused") return prediction;
  const { tokensPerSecond, low, high, rooflineTokensPerSecond, latencies } = prediction;
  const figures = [
    ...[tokensPerSecond, low, high, rooflineTokensPerSecond],
    ...Object.values(latencies).flatMap((one) => [one.value, one.low, one.high]),
  ];
  if (figures.every((figure) => Number.isFinite(figure) && figure > 0)) return prediction;
  return {
    state: "refused",
    reasons: ["What was asked lies so far from anything measured that there is no figure for it."],
  };
}
