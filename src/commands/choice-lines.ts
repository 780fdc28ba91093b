import { borderlessTable } from "../campaign/borderless-table.ts";
import type { PriceTable } from "../cost/price-table.ts";
import type { Choice, Configuration } from "../predict/choose.ts";
import { resultLine, workLines } from "./prediction-lines.ts";

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const head = [
  ...["", "accelerator", "type", "engine", "nodes", "of", "tokens/s", "80 % between"],
  ...["a year", "a million tokens", "kW", "J/token"],
];

/** A choice for people: the ranking, what speaks against a row, what was measured, and where the prices are from. */
export function choiceText(
  { work, configurations, leftOut }: Choice,
  { top, table, pay }: { top: number; table: PriceTable; pay: string },
): string {
  const asked = [`${work.model}, ${work.scenario}`, ...workLines(work).map((line) => `  ${line}`), ""];
  if (configurations.length === 0)
    return [...asked, "Nothing meets that.", ...leftOutLines(leftOut)].join("\n");
  const shown = configurations.slice(0, top);
  const numbered = (linesOf: (one: Configuration) => readonly string[]): string[] =>
    shown.flatMap((one, index) => linesOf(one).map((line) => `${String(index + 1).padStart(3)}  ${line}`));
  const warnings = warningLines(shown);
  return [
    ...asked,
    borderlessTable(head, shown.map(rowOf), 4),
    "",
    ...(shown.some(({ others }) => others.length > 0)
      ? [
          "+1, +2, …: so many other types and sizes of node would do, about as dear or dearer (--json has them).",
        ]
      : []),
    ...(shown.some(({ isCloudSlice }) => isCloudSlice)
      ? ["A part of a board is rented by clouds and not sold."]
      : []),
    "kW and J/token are by rated power, not measured; J/token of the tokens that are needed.",
    "",
    ...(warnings.length > 0 ? ["to be read with care:", ...warnings, ""] : []),
    "measured, nearest to each:",
    ...numbered(({ support: [nearest] }) => [nearest === undefined ? "nothing" : resultLine(nearest)]),
    "",
    ...priceLines(shown, table, pay),
    ...(configurations.length > top ? [`${configurations.length - top} more; --top shows them`] : []),
    ...leftOutLines(leftOut),
    "Prices date quickly and are meant to be edited (--prices); predictions are not verified by MLCommons.",
  ].join("\n");
}

function rowOf(one: Configuration, index: number): string[] {
  const { accelerator, dataType, framework, nodes, acceleratorsPerNode, isCloudSlice, others } = one;
  const { tokensPerSecond, low, high, cost, energy } = one;
  return [
    ...[String(index + 1), accelerator],
    others.length === 0 ? dataType : `${dataType} +${others.length}`,
    ...[framework ?? "–", String(nodes)],
    isCloudSlice ? `${acceleratorsPerNode} of a board` : String(acceleratorsPerNode),
    ...[whole.format(tokensPerSecond), `${whole.format(low)}–${whole.format(high)}`],
    ...(cost.state === "priced"
      ? [`$${whole.format(cost.perYear)}`, `$${cost.perMillionTokens.toPrecision(3)}`]
      : ["no price", "–"]),
    ...(energy === null ? ["–", "–"] : [energy.kilowatts.toFixed(1), energy.joulesPerToken.toPrecision(3)]),
  ];
}

/** Each warning once, with the rows that it is about. */
function warningLines(shown: readonly Configuration[]): string[] {
  const rowsOf = new Map<string, number[]>();
  for (const [index, { perNode }] of shown.entries())
    for (const warning of perNode.warnings) rowsOf.set(warning, [...(rowsOf.get(warning) ?? []), index + 1]);
  return [...rowsOf].map(([warning, rows]) => `  ${rows.join(", ")}: ${warning}`);
}

/** Where the prices of the shown accelerators are from: they decide the ranking. */
function priceLines(shown: readonly Configuration[], table: PriceTable, pay: string): string[] {
  const names = [...new Set(shown.map(({ accelerator }) => accelerator))];
  const lines = names.flatMap((name) => {
    const price = table.accelerators[name]?.[pay === "purchase" ? "purchase" : "hourly"];
    if (price === null || price === undefined) return [];
    const title = table.sources[price.source]?.title ?? price.source;
    const note = price.note === null ? "" : ` – ${price.note}`;
    return [`  ${name}  $${price.usd}, ${price.on}: ${title}${note}`];
  });
  return lines.length === 0 ? [] : ["prices of one accelerator:", ...lines, ""];
}

function leftOutLines(leftOut: Choice["leftOut"]): string[] {
  return Object.entries(leftOut).map(([why, count]) => `${count} left out: ${why}`);
}
