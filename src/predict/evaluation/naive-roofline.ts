import { physicsLog } from "../physics.ts";
import type { PhysicsConstants } from "../physics-constants.ts";
import type { PredictionCase } from "../prediction-case.ts";
import type { TrainingRow } from "../training-rows.ts";

const everything = Math.log(1);
const none = -100;

/** The roofline as the specifications give it: full peaks, no overhead. */
const uncalibrated: PhysicsConstants = {
  ...{ compute: everything, fp4: everything, memory: everything, layerOverhead: none, interconnect: 100 },
  ...{ hiddenSize: 0, experts: 0, processor: everything, amd: everything, activations: none, wide: none },
  ...{ server: 0, interactive: 0 },
};

/** The bound of the hardware times one share, the same for all: the median of what the results reach. */
export function naiveRoofline(training: readonly TrainingRow[]): (one: PredictionCase) => number {
  const shares = training
    .map(
      ({ of, tokensPerSecondPerAccelerator }) =>
        Math.log(tokensPerSecondPerAccelerator) - physicsLog(of, uncalibrated),
    )
    .toSorted((one, other) => one - other);
  const share = shares[Math.floor(shares.length / 2)] ?? 0;
  return (one) => Math.exp(physicsLog(one, uncalibrated) + share);
}
