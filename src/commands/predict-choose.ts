import type { ArgumentsCamelCase, CommandModule, InferredOptionTypes } from "yargs";
import { borderlessTable } from "../campaign/borderless-table.ts";
import { UsageError } from "../errors.ts";
import type { Choice, Configuration, Need } from "../predict/choose.ts";
import { type CostAssumptions, usualAssumptions } from "../predict/configuration-cost.ts";
import { resultLine } from "./prediction-lines.ts";
import { modelOfFlags, workFlags, workOfFlags } from "./work-flags.ts";

const assumptionFlag = (key: keyof CostAssumptions, describe: string) =>
  ({ type: "number", default: Number(usualAssumptions[key]), requiresArg: true, describe }) as const;

const chooseFlags = {
  ...workFlags,
  "tokens-per-second": {
    type: "number",
    demandOption: true,
    requiresArg: true,
    describe: "Output tokens a second that all nodes together must give",
  },
  "data-type": {
    type: "string",
    array: true,
    nargs: 1,
    default: [] as string[],
    describe: "Types of the weights that will do; repeatable; all when left out",
  },
  accelerator: {
    type: "string",
    array: true,
    nargs: 1,
    default: [] as string[],
    describe: "Chips that can be had; repeatable; all when left out",
  },
  "max-nodes": { type: "number", requiresArg: true, describe: "Most nodes" },
  "budget-per-year": { type: "number", requiresArg: true, describe: "Most that a year may cost" },
  size: {
    choices: ["middle", "low"],
    default: "middle",
    requiresArg: true,
    describe: "Count nodes by the middle of a prediction, or by the low end of its interval",
  },
  prices: { type: "string", requiresArg: true, describe: "Price table, YAML; else that of FlexBench" },
  pay: {
    choices: ["hourly", "purchase"],
    default: usualAssumptions.pay,
    requiresArg: true,
    describe: "Rent or buy",
  },
  years: assumptionFlag("years", "Years over which a purchase is written off"),
  "host-share": assumptionFlag("hostShare", "Price of the machine around its accelerators, share of theirs"),
  "price-per-kwh": assumptionFlag("pricePerKwh", "Price of a kilowatt-hour"),
  "host-power-share": assumptionFlag("hostPowerShare", "Power beside the accelerators' rating, share of it"),
  pue: assumptionFlag("pue", "Power of the building for each watt"),
  utilisation: assumptionFlag("utilisation", "Share of the year in which the throughput is asked for"),
  top: { type: "number", default: 10, requiresArg: true, describe: "How many are shown" },
} as const;

type ChooseOptions = InferredOptionTypes<typeof chooseFlags>;
type ChooseArguments = ArgumentsCamelCase<ChooseOptions>;

/** `flexbench predict choose`: which hardware meets a need, the cheapest first. */
export const chooseCommand: CommandModule<object, ChooseOptions> = {
  command: "choose",
  describe:
    "Rank hardware for a need: nodes, throughput with interval, cost, and what measured results support it",
  builder: (yargs) =>
    yargs
      .options(chooseFlags)
      .example(
        "$0 predict choose --model llama2-70b --tokens-per-second 50000 --scenario server",
        "All chips",
      ),
  handler: async (flags) => {
    const { readPredictor } = await import("../predict/read-predictor.ts");
    const { openPredictor } = await import("../predict/predictor.ts");
    const { choose } = await import("../predict/choose.ts");
    const { readPriceTable, unitPrices } = await import("../cost/read-price-table.ts");
    const model = modelOfFlags(flags);
    if (model === null)
      throw new UsageError("CHOOSE_NEED", [{ where: "--model", message: "is needed, or --parameters" }]);
    const { trained, catalog } = await readPredictor(flags.predictor);
    const table = await readPriceTable(flags.prices);
    const need: Need = { ...(await workOfFlags(flags)), model, ...limitsOfFlags(flags) };
    const choice = choose(
      need,
      { catalog, latest: trained.known.latest, predictor: openPredictor(trained) },
      unitPrices(table),
      assumptionsOf(flags),
    );
    console.log(flags.json ? JSON.stringify(choice) : choiceText(choice, flags));
  },
};

function limitsOfFlags(flags: ChooseArguments): Omit<Need, "model" | "scenario"> {
  const { tokensPerSecond, dataType, accelerator, maxNodes, budgetPerYear, size } = flags;
  return {
    ...{ tokensPerSecond, size: size === "low" ? "low" : "middle" },
    ...(dataType.length === 0 ? {} : { dataTypes: dataType }),
    ...(accelerator.length === 0 ? {} : { accelerators: accelerator }),
    ...(maxNodes === undefined ? {} : { maxNodes }),
    ...(budgetPerYear === undefined ? {} : { budgetPerYear }),
  };
}

function assumptionsOf(flags: ChooseArguments): CostAssumptions {
  const { years, hostShare, pricePerKwh, hostPowerShare, pue, utilisation } = flags;
  const pay = flags.pay === "purchase" ? "purchase" : "hourly";
  return { pay, years, hostShare, pricePerKwh, hostPowerShare, pue, utilisation };
}

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });

function choiceText({ configurations, leftOut }: Choice, { top }: ChooseArguments): string {
  if (configurations.length === 0) return ["Nothing meets that.", ...leftOutLines(leftOut)].join("\n");
  const shown = configurations.slice(0, top);
  const head = [
    "",
    "accelerator",
    "type",
    "engine",
    "nodes",
    "of",
    "tokens/s",
    "80 % between",
    "a year",
    "a million tokens",
    "kW",
  ];
  return [
    borderlessTable(head, shown.map(rowOf), 4),
    "",
    "measured, nearest to each:",
    ...shown.map(
      ({ support: [nearest] }, index) =>
        `${String(index + 1).padStart(3)}  ${nearest === undefined ? "nothing" : resultLine(nearest)}`,
    ),
    "",
    ...(configurations.length > top ? [`${configurations.length - top} more; --top shows them`] : []),
    ...leftOutLines(leftOut),
    "Prices date quickly and are meant to be edited (--prices); predictions are not verified by MLCommons.",
  ].join("\n");
}

function rowOf(one: Configuration, index: number): string[] {
  const { accelerator, dataType, framework, nodes, acceleratorsPerNode, tokensPerSecond, low, high, cost } =
    one;
  return [
    ...[String(index + 1), accelerator, dataType, framework ?? "–", String(nodes), `${acceleratorsPerNode}`],
    ...[whole.format(tokensPerSecond), `${whole.format(low)}–${whole.format(high)}`],
    ...(cost.state === "priced"
      ? [`$${whole.format(cost.perYear)}`, `$${cost.perMillionTokens.toPrecision(3)}`]
      : ["no price", "–"]),
    cost.kilowatts === null ? "–" : cost.kilowatts.toFixed(1),
  ];
}

function leftOutLines(leftOut: Choice["leftOut"]): string[] {
  return Object.entries(leftOut).map(([why, count]) => `${count} left out: ${why}`);
}
