import type { Choice } from "../../../predict/choose.ts";
import { csvText } from "../../../results/csv-text.ts";
import { saveFile } from "../charts/export-chart.ts";

const header = [
  "rank",
  "accelerator",
  "data_type",
  "framework",
  "nodes",
  "accelerators_per_node",
  "tokens_per_second",
  "tokens_per_second_low",
  "tokens_per_second_high",
  "usd_per_million_tokens",
  "usd_per_year",
  "usd_purchase",
  "kilowatts",
  "nearest_result",
  "nearest_result_url",
];

/** Saves a ranking as CSV. */
export function saveChoice({ configurations }: Choice): void {
  const lines = configurations.map((one, place) => {
    const { accelerator, dataType, framework, nodes, acceleratorsPerNode, tokensPerSecond, low, high, cost } =
      one;
    const amounts =
      cost.state === "priced" ? [cost.perMillionTokens, cost.perYear, cost.purchase] : [null, null, null];
    const [nearest] = one.support;
    return [
      ...[
        place + 1,
        accelerator,
        dataType,
        framework,
        nodes,
        acceleratorsPerNode,
        tokensPerSecond,
        low,
        high,
      ],
      ...[...amounts, cost.kilowatts, nearest?.id ?? null, nearest?.url ?? null],
    ];
  });
  saveFile(new Blob([csvText([header, ...lines], "\r\n")], { type: "text/csv" }), "choice.csv");
}
