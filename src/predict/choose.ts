import * as z from "zod";
import { type Problem, UsageError } from "../errors.ts";
import { type AnsweredWork, type AskedWork, answeredWork, askedWork, caseOn } from "./asked-work.ts";
import { type Candidate, candidatesOf, namedInNeed } from "./candidates.ts";
import type { Catalog } from "./catalog.ts";
import {
  assumptionsSchema,
  type ConfigurationCost,
  type CostAssumptions,
  costOfConfiguration,
  type RatedEnergy,
  ratedEnergy,
  type UnitPrice,
  unitPriceSchema,
} from "./configuration-cost.ts";
import { nameProblems } from "./name-problems.ts";
import { type Need, needSchema } from "./need-schema.ts";
import type { Prediction, Predictor } from "./predictor.ts";
import { type OtherWay, ranked } from "./ranking.ts";
import { schemaProblems, soundFields } from "./schema-problems.ts";
import type { SoldNode } from "./sold-nodes.ts";
import { type SupportingResult, supportOf } from "./support.ts";

export type { Need };
export { supportOf };

/** An installation that meets a need. */
export interface Configuration {
  accelerator: string;
  dataType: string;
  framework: string | null;
  accelerators: number;
  acceleratorsPerNode: number;
  nodes: number;
  /** The node is a part of a machine, which clouds rent and nobody sells. */
  isCloudSlice: boolean;
  /** Output tokens a second of the whole installation, with the 80 % interval. */
  tokensPerSecond: number;
  low: number;
  high: number;
  perNode: Prediction & { state: "predicted" };
  cost: ConfigurationCost;
  /** By rated power, not measured; null without a rating. */
  energy: RatedEnergy | null;
  /** The same chips with other types of the weights and in other sizes of node, about as dear or dearer. */
  others: OtherWay[];
  /** Measured results that are most like it, nearest first, with what sets them apart. */
  support: SupportingResult[];
}

/** Configurations from the cheapest on, those without a price last, and why others are none. */
export interface Choice {
  /** Lengths and limits that all of it holds for. */
  work: AnsweredWork;
  configurations: Configuration[];
  /** How many candidates fell out, by reason. */
  leftOut: Record<string, number>;
}

/** What a choice is made from. */
export interface ChoiceSources {
  catalog: Catalog;
  /** Time of the latest results, as a year with fraction. */
  latest: number;
  predictor: Predictor;
}

/**
 * Ranks installations for a need: for each chip, type and size of a node that is sold as many nodes as the throughput takes,
 * each with the model on its own. Prices are looked up by the names of chips in any case. What comes from outside need not be
 * checked before: throws UsageError `CHOOSE_NEED` with everything that is wrong with need, prices and assumptions.
 */
export function choose(
  need: Need,
  sources: ChoiceSources,
  prices: Readonly<Record<string, UnitPrice>>,
  assumptions: CostAssumptions,
): Choice {
  const { work, candidates, leftOut } = readNeed(need, sources, { prices, assumptions });
  const leave = counted(leftOut);
  const priceOf = new Map(Object.entries(prices).map(([name, price]) => [name.toLowerCase(), price]));
  const found: Configuration[] = [];
  for (const candidate of candidates)
    for (const node of candidate.nodes) {
      if (node.isCloudSlice && assumptions.pay === "purchase") continue;
      const unitPrice = priceOf.get(candidate.chip.name.toLowerCase()) ?? null;
      const configuration = configurationOf(need, work, candidate, node, sources, { unitPrice, assumptions });
      const why = typeof configuration === "string" ? configuration : objection(need, configuration);
      if (typeof configuration !== "string" && why === null) found.push(configuration);
      // That a part of a machine is too small goes without saying: the whole one is a candidate too.
      else if (why !== null && !node.isCloudSlice) leave(why);
    }
  return { work: answeredWork(work), configurations: ranked(found, leave), leftOut };
}

function counted(leftOut: Record<string, number>): (why: string) => void {
  return (why) => {
    leftOut[why] = (leftOut[why] ?? 0) + 1;
  };
}

function readNeed(
  need: Need,
  { catalog, latest }: ChoiceSources,
  money: { prices: unknown; assumptions: unknown },
): { work: AskedWork; candidates: Candidate[]; leftOut: Record<string, number> } {
  const read = needSchema.safeParse(need);
  const readMoney = moneySchema.safeParse(money);
  const problems: Problem[] = [
    ...(read.success ? [] : schemaProblems(read.error)),
    ...(readMoney.success ? [] : schemaProblems(readMoney.error)),
  ];
  // Names are looked up wherever their own form is right, so that one answer tells everything.
  const sound: SoundNeed = soundFields(need, problems);
  const named = namedInNeed(sound, catalog, problems);
  const work = hasWork(sound) ? askedWork(sound, catalog, latest, problems) : null;
  if (!hasWork(sound)) problems.push(...nameProblems(sound, catalog));
  if (work === null || problems.length > 0) throw new UsageError("CHOOSE_NEED", problems);
  const leftOut: Record<string, number> = {};
  const candidates = candidatesOf(named, need, work.framework, catalog, counted(leftOut));
  return { work, candidates, leftOut };
}

const moneySchema = z.object({
  prices: z.record(z.string(), unitPriceSchema),
  assumptions: assumptionsSchema,
});

type SoundNeed = Partial<Need>;

const hasWork = (need: SoundNeed): need is Need => need.model !== undefined && need.scenario !== undefined;

function configurationOf(
  need: Need,
  work: AskedWork,
  { chip, dataType }: Candidate,
  { accelerators: perNode, isCloudSlice }: SoldNode,
  { catalog, predictor }: ChoiceSources,
  { unitPrice, assumptions }: { unitPrice: UnitPrice | null; assumptions: CostAssumptions },
): Configuration | string {
  const one = caseOn(work, { chip, dataType, accelerators: perNode, nodes: 1 }, catalog);
  const prediction = predictor.predict(one);
  if (prediction.state === "refused")
    return "no prediction: no room on a node, limits out of reach, or nothing like it measured";
  const sure = need.size === "low" ? prediction.low : prediction.tokensPerSecond;
  const nodes = Math.ceil(need.tokensPerSecond / sure);
  if (isCloudSlice && nodes > 1) return "a part of a machine is not enough";
  const accelerators = nodes * perNode;
  const costed = { accelerators, tdpWatts: chip.tdp_w ?? null, neededTokensPerSecond: need.tokensPerSecond };
  return {
    ...{ accelerator: chip.name, dataType, framework: one.framework, nodes, isCloudSlice },
    ...{ accelerators, acceleratorsPerNode: perNode },
    tokensPerSecond: nodes * prediction.tokensPerSecond,
    low: nodes * prediction.low,
    high: nodes * prediction.high,
    perNode: prediction,
    cost: costOfConfiguration(costed, unitPrice, assumptions),
    energy: ratedEnergy(costed, assumptions),
    others: [],
    support: supportOf(one, catalog),
  };
}

/** Why an installation does not meet a need; null where it does. */
function objection({ maxNodes, budgetPerYear }: Need, { nodes, cost }: Configuration): string | null {
  if (maxNodes !== undefined && nodes > maxNodes) return "more nodes than allowed";
  if (budgetPerYear === undefined) return null;
  if (cost.state === "unpriced") return "no price, but a budget";
  return cost.perYear > budgetPerYear ? "beyond the budget" : null;
}
