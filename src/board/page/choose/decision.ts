import type { Choice, Configuration, Need } from "../../../predict/choose.ts";
import type { CostAssumptions } from "../../../predict/configuration-cost.ts";
import { dollars } from "../prices/dollars.ts";
import { numberText } from "../wording.ts";

/** "4 nodes of 8 × MI300X in fp8 with vLLM" */
export function installationText(one: Configuration): string {
  const { nodes, acceleratorsPerNode, accelerator, dataType, framework } = one;
  const engine = framework === null ? "" : ` with ${framework}`;
  return `${nodes === 1 ? "1 node" : `${numberText(nodes)} nodes`} of ${acceleratorsPerNode} × ${accelerator} in ${dataType}${engine}`;
}

/** The choice in sentences: what to take, what it costs, how sure it is, and what comes next. */
export function decisionSentences(need: Need, choice: Choice, { pay }: CostAssumptions): string[] {
  const [first] = choice.configurations;
  if (first === undefined) return ["Nothing meets this need."];
  const { cost, tokensPerSecond, low, high } = first;
  const second = choice.configurations.find(({ accelerator }) => accelerator !== first.accelerator);
  const model = typeof need.model === "string" ? need.model : "this model";
  const verb = cost.state === "unpriced" ? "take" : pay === "purchase" ? "buy" : "rent";
  const price =
    cost.state === "priced"
      ? ` for ${dollars(cost.perYear)} a year, ${dollars(cost.perMillionTokens)} per million output tokens`
      : "; nobody told a price of anything that meets the need";
  return [
    `To serve ${model} at ${numberText(need.tokensPerSecond)} tokens/s (${need.scenario}), ${verb} ${installationText(first)}${price}.`,
    `It is predicted to give ${numberText(Math.round(tokensPerSecond))} tokens/s, 80 % between ${numberText(Math.round(low))} and ${numberText(Math.round(high))}${low < need.tokensPerSecond ? ": at the low end it falls short of the need" : ": even the low end meets the need"}.`,
    ...(second?.cost.state === "priced" && cost.state === "priced"
      ? [
          `Of other accelerators ${installationText(second)} ${percentMore(second.cost.perYear / cost.perYear - 1)}.`,
        ]
      : []),
  ];
}

function percentMore(share: number): string {
  const percent = Math.round(share * 100);
  return percent === 0 ? "is next, at about the same cost" : `is next, for ${percent} % more`;
}
