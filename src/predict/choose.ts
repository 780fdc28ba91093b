import { type Problem, UsageError } from "../errors.ts";
import type { Catalog, MeasuredResult } from "./catalog.ts";
import {
  type ConfigurationCost,
  type CostAssumptions,
  costOfConfiguration,
  type UnitPrice,
} from "./configuration-cost.ts";
import type { CaseModel, PredictionCase } from "./prediction-case.ts";
import { caseDataTypes } from "./prediction-case.ts";
import type { Prediction, Predictor } from "./predictor.ts";
import { impossibilities, type Question, tryQuestion } from "./question.ts";

/** What somebody needs, and within what. */
export interface Need {
  model: Question["model"];
  /** Types of the weights that are accurate enough; all when left out. */
  dataTypes?: readonly string[];
  scenario: Question["scenario"];
  workload?: string;
  promptTokens?: number;
  outputTokens?: number;
  ttftLimitMs?: number;
  tpotLimitMs?: number;
  /** Output tokens a second that the whole installation must give. */
  tokensPerSecond: number;
  /** Chips that can be had; all when left out. */
  accelerators?: readonly string[];
  /** Serving engine; the most frequent one of each vendor when left out. */
  framework?: string;
  maxNodes?: number;
  /** Most that a year may cost, in the currency of the prices. */
  budgetPerYear?: number;
  /**
   * How sure the throughput must be: nodes are counted by the middle of a prediction, or by the low end of its interval.
   * @default "middle"
   */
  size?: "middle" | "low";
}

/** An installation that meets a need. */
export interface Configuration {
  accelerator: string;
  dataType: string;
  framework: string | null;
  accelerators: number;
  acceleratorsPerNode: number;
  nodes: number;
  /** Output tokens a second of the whole installation, with the 80 % interval. */
  tokensPerSecond: number;
  low: number;
  high: number;
  perNode: Prediction & { state: "predicted" };
  cost: ConfigurationCost;
  /** Measured results that are most like it, nearest first. */
  support: MeasuredResult[];
}

/** Configurations from the cheapest on, those without a price last, and why others are none. */
export interface Choice {
  configurations: Configuration[];
  /** How many candidates fell out, by reason. */
  leftOut: Record<string, number>;
}

const supportShown = 3;

/**
 * Ranks installations for a need: for each chip, type and usual size of a node as many nodes as the throughput takes, each
 * with the model on its own. Throws UsageError `CHOOSE_NEED` for a need that is wrong.
 */
export function choose(
  need: Need,
  { catalog, latest, predictor }: { catalog: Catalog; latest: number; predictor: Predictor },
  prices: Readonly<Record<string, UnitPrice>>,
  assumptions: CostAssumptions,
): Choice {
  checkNeed(need, catalog);
  const found: Configuration[] = [];
  const leftOut: Record<string, number> = {};
  const leave = (why: string): void => {
    leftOut[why] = (leftOut[why] ?? 0) + 1;
  };
  const available = new Set(need.accelerators ?? catalog.chips.map(({ name }) => name));
  for (const chip of catalog.chips.filter(({ name }) => available.has(name)))
    for (const dataType of need.dataTypes ?? usualTypes) {
      if (impossibilities(chip, dataType, need.framework, catalog).length > 0) {
        leave("the chip does not compute that type, or the engine does not run on it");
        continue;
      }
      for (const perNode of catalog.perNode[chip.name] ?? []) {
        const configuration = configurationOf(
          need,
          { accelerator: chip.name, dataType, perNode },
          catalog,
          latest,
          predictor,
        );
        if (typeof configuration === "string") {
          leave(configuration);
          continue;
        }
        const cost = costOfConfiguration(
          { ...configuration, tdpWatts: chip.tdp_w ?? null, neededTokensPerSecond: need.tokensPerSecond },
          prices[chip.name] ?? null,
          assumptions,
        );
        if (need.maxNodes !== undefined && configuration.nodes > need.maxNodes)
          leave("more nodes than allowed");
        else if (
          need.budgetPerYear !== undefined &&
          cost.state === "priced" &&
          cost.perYear > need.budgetPerYear
        )
          leave("beyond the budget");
        else if (need.budgetPerYear !== undefined && cost.state === "unpriced")
          leave("no price, but a budget");
        else found.push({ ...configuration, cost });
      }
    }
  return { configurations: bestOfEach(found).toSorted(cheaperFirst), leftOut };
}

/** Types that are tried where none are named: those in which results were published. */
const usualTypes = ["fp4", "fp8", "int8", "int4", "bf16"];

function checkNeed(need: Need, catalog: Catalog): void {
  const problems: Problem[] = [];
  if (!(need.tokensPerSecond > 0)) problems.push({ where: "tokensPerSecond", message: "must be above 0" });
  for (const name of need.accelerators ?? [])
    if (!catalog.chips.some((chip) => chip.name === name))
      problems.push({ where: "accelerators", message: `${name} is not known` });
  for (const name of need.dataTypes ?? [])
    if (!caseDataTypes.includes(name)) problems.push({ where: "dataTypes", message: `${name} is not known` });
  if (problems.length > 0) throw new UsageError("CHOOSE_NEED", problems);
}

function configurationOf(
  need: Need,
  { accelerator, dataType, perNode }: { accelerator: string; dataType: string; perNode: number },
  catalog: Catalog,
  latest: number,
  predictor: Predictor,
): Omit<Configuration, "cost"> | string {
  const { model, scenario, workload, promptTokens, outputTokens, ttftLimitMs, tpotLimitMs, framework } = need;
  const question: Question = {
    ...{ model, scenario, accelerator, dataType, accelerators: perNode, nodes: 1 },
    ...(workload === undefined ? {} : { workload }),
    ...(promptTokens === undefined ? {} : { promptTokens }),
    ...(outputTokens === undefined ? {} : { outputTokens }),
    ...(ttftLimitMs === undefined ? {} : { ttftLimitMs }),
    ...(tpotLimitMs === undefined ? {} : { tpotLimitMs }),
    ...(framework === undefined ? {} : { framework }),
  };
  const one = tryQuestion(question, catalog, latest);
  if (Array.isArray(one)) throw new UsageError("CHOOSE_NEED", one);
  const perNodePrediction = predictor.predict(one);
  if (perNodePrediction.state === "refused")
    return "the model does not fit a node, or nothing like it was measured";
  const sure = need.size === "low" ? perNodePrediction.low : perNodePrediction.tokensPerSecond;
  const nodes = Math.ceil(need.tokensPerSecond / sure);
  return {
    ...{ accelerator, dataType, framework: one.framework, nodes },
    ...{ accelerators: nodes * perNode, acceleratorsPerNode: perNode, perNode: perNodePrediction },
    tokensPerSecond: nodes * perNodePrediction.tokensPerSecond,
    low: nodes * perNodePrediction.low,
    high: nodes * perNodePrediction.high,
    support: supportOf(one, catalog),
  };
}

/** Of each chip and type, the size of node that is cheapest; without a price the one with the fewest accelerators. */
function bestOfEach(configurations: readonly Configuration[]): Configuration[] {
  const best = new Map<string, Configuration>();
  for (const one of configurations) {
    const key = `${one.accelerator} ${one.dataType}`;
    const known = best.get(key);
    if (known === undefined || cheaperFirst(one, known) < 0) best.set(key, one);
  }
  return [...best.values()];
}

function cheaperFirst(one: Configuration, other: Configuration): number {
  const priceOf = ({ cost }: Configuration): number => (cost.state === "priced" ? cost.perYear : Infinity);
  const [first, second] = [priceOf(one), priceOf(other)];
  if (first !== second) return first < second ? -1 : 1;
  return one.accelerators - other.accelerators || other.tokensPerSecond - one.tokensPerSecond;
}

/** Results of the same chip and model before those of one of them alone; the same scenario and type before others. */
export function supportOf(one: PredictionCase, { results }: Catalog): MeasuredResult[] {
  const likeness = (result: MeasuredResult): number =>
    (result.accelerator === one.chip.name ? 8 : 0) +
    (result.model === (one.model satisfies CaseModel).name ? 8 : 0) +
    (result.scenario === one.scenario ? 3 : 0) +
    (result.dataType === one.dataType ? 3 : 0) +
    (result.framework === one.framework ? 1 : 0) +
    (result.division === "closed" ? 0.5 : 0) -
    Math.abs(Math.log2(result.accelerators / one.accelerators)) / 4;
  return results
    .filter((result) => result.accelerator === one.chip.name || result.model === one.model.name)
    .map((result) => ({ result, likeness: likeness(result) }))
    .toSorted(
      (first, second) =>
        second.likeness - first.likeness ||
        ((first.result.round ?? "") > (second.result.round ?? "") ? -1 : 1),
    )
    .slice(0, supportShown)
    .map(({ result }) => result);
}
