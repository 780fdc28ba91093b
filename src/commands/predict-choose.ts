import type { ArgumentsCamelCase, CommandModule, InferredOptionTypes } from "yargs";
import type { Need } from "../predict/choose.ts";
import { type CostAssumptions, usualAssumptions } from "../predict/configuration-cost.ts";
import { choiceText } from "./choice-lines.ts";
import { askedByFlags, workFlags, workOfFlags } from "./work-flags.ts";

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
  chip: {
    type: "string",
    array: true,
    nargs: 1,
    default: [] as string[],
    describe: "Figures of a chip that is not in the catalog, YAML, ranked with the others; repeatable",
  },
  "per-node": {
    type: "number",
    array: true,
    nargs: 1,
    default: [] as number[],
    describe: "Accelerators of a node; repeatable; the sizes that are sold when left out",
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
    const { readChip } = await import("../predict/read-chip.ts");
    const { readPriceTable, unitPrices } = await import("../cost/read-price-table.ts");
    const { work, problems } = await workOfFlags(flags);
    if (!(Number.isInteger(flags.top) && flags.top > 0))
      problems.push({ where: "--top", message: "must be a whole number above 0" });
    const chips = await Promise.all(flags.chip.map(readChip));
    const ownPrices = chips.flatMap(({ chip, price }) =>
      price === null ? [] : [[chip.name, price] as const],
    );
    const { trained, catalog } = await readPredictor(flags.predictor);
    const table = await readPriceTable(flags.prices);
    const need = {
      ...work,
      ...limitsOfFlags(flags),
      ...some(
        "chips",
        chips.map(({ chip }) => chip),
      ),
    };
    const choice = askedByFlags(problems, flagOfField, () =>
      choose(
        // What is missing is told with the rest of what is wrong.
        need as Need,
        { catalog, latest: trained.known.latest, predictor: openPredictor({ ...trained, latencies: {} }) },
        { ...unitPrices(table), ...Object.fromEntries(ownPrices) },
        assumptionsOf(flags),
      ),
    );
    console.log(
      flags.json ? JSON.stringify(choice) : choiceText(choice, { top: flags.top, table, pay: flags.pay }),
    );
  },
};

const flagOfField = {
  ...{ accelerators: "--accelerator", dataTypes: "--data-type", chips: "--chip", nodeSizes: "--per-node" },
};

function limitsOfFlags(flags: ChooseArguments): Omit<Need, "model" | "scenario"> {
  const { tokensPerSecond, dataType, accelerator, perNode, maxNodes, budgetPerYear, size } = flags;
  return {
    ...{ tokensPerSecond, size: size === "low" ? "low" : "middle" },
    ...some("dataTypes", dataType),
    ...some("accelerators", accelerator),
    ...some("nodeSizes", perNode),
    ...(maxNodes === undefined ? {} : { maxNodes }),
    ...(budgetPerYear === undefined ? {} : { budgetPerYear }),
  };
}

function some<Field extends string, Item>(
  field: Field,
  items: readonly Item[],
): Partial<Record<Field, Item[]>> {
  return items.length === 0 ? {} : ({ [field]: items } as Record<Field, Item[]>);
}

function assumptionsOf(flags: ChooseArguments): CostAssumptions {
  const { years, hostShare, pricePerKwh, hostPowerShare, pue, utilisation } = flags;
  const pay = flags.pay === "purchase" ? "purchase" : "hourly";
  return { pay, years, hostShare, pricePerKwh, hostPowerShare, pue, utilisation };
}
