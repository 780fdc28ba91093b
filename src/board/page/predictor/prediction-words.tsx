import { latencyTitles } from "../../../predict/latency-targets.ts";
import { leftOutWords } from "../../../predict/novelty.ts";
import type { PredictionCase } from "../../../predict/prediction-case.ts";
import type { Prediction } from "../../../predict/predictor.ts";
import { formatTime } from "../../../results/quantities.ts";
import { numberText } from "../wording.ts";

/** A prediction in figures and sentences. */
export function PredictionWords(props: {
  one: PredictionCase;
  prediction: Prediction & { state: "predicted" };
}) {
  const { one, prediction } = props;
  const { tokensPerSecond, low, high, perAccelerator, rooflineTokensPerSecond, latencies } = prediction;
  const factor = tokensPerSecond / rooflineTokensPerSecond;
  return (
    <>
      <dl class="tiles">
        <div class="tile">
          <dt>output tokens/s</dt>
          <dd>
            {numberText(Math.round(tokensPerSecond))}
            <small>
              80 % between {numberText(Math.round(low))} and {numberText(Math.round(high))}
            </small>
          </dd>
        </div>
        <div class="tile">
          <dt>tokens/s of each accelerator</dt>
          <dd>{numberText(perAccelerator)}</dd>
        </div>
        <div class="tile">
          <dt>roofline alone</dt>
          <dd>
            {numberText(Math.round(rooflineTokensPerSecond))}
            <small>the prediction is {numberText(Number(factor.toPrecision(3)))} times it</small>
          </dd>
        </div>
        {Object.entries(latencyTitles).map(([name, label]) => {
          const latency = latencies[name as keyof typeof latencyTitles];
          return latency === undefined ? null : (
            <div key={name} class="tile">
              <dt>{label}</dt>
              <dd>
                {formatTime(latency.value)}
                <small>
                  80 % between {formatTime(latency.low)} and {formatTime(latency.high)}
                </small>
              </dd>
            </div>
          );
        })}
      </dl>
      {prediction.warnings.length > 0 && (
        <ul class="mixed warnings" aria-label="Warnings">
          {prediction.warnings.map((warning) => (
            <li key={warning}>{warning}</li>
          ))}
        </ul>
      )}
      <p class="note">
        {prediction.warnings.length === 0 &&
          prediction.novelty.every((kind) => kind === "known") &&
          "This chip and this model were measured together: little is extrapolated here. "}
        {one.nodes === 1 ? "One node" : `${one.nodes} nodes`}, {one.framework ?? "engine unknown"}; prompts of{" "}
        {numberText(one.promptTokens)} and answers of {numberText(one.outputTokens)} tokens. The width of the
        interval is how far predictions were off for results whose {leftOutWords[prediction.basis]} had been
        left out of training. Not verified by MLCommons.
      </p>
    </>
  );
}
