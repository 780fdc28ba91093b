import { markdownTable } from "../../results/markdown-table.ts";
import { noveltyKinds } from "../novelty.ts";
import { constantNames } from "../physics-constants.ts";
import { predictedScenarios } from "../prediction-case.ts";
import type { TrainedPredictor } from "../train-predictor.ts";
import {
  coverageTable,
  curveTable,
  declaredTable,
  errorTable,
  explainedTable,
  groupTables,
  latencyTable,
  worstGroups,
} from "./card-tables.ts";
import type { SplitOutcome } from "./evaluate.ts";
import type { CurvePoint } from "./learning-curve.ts";

/** What a model card is made of. */
export interface CardFacts {
  trained: TrainedPredictor;
  /** Day of the evaluation, ISO 8601. */
  day: string;
  /** Rows of the dataset, those that teach nothing included. */
  datasetRows: number;
  outcomes: readonly SplitOutcome[];
  /** Some splits again, with the data types that submitters declared. */
  declared: readonly SplitOutcome[];
  curve: readonly CurvePoint[];
}

/** The model card: what the predictor is, and how far it is off on results that are unlike what it learned from. */
export function modelCard(facts: CardFacts): string {
  const { trained, outcomes, declared, curve } = facts;
  const { spans, farShare, drift } = trained.file.trained.tokens;
  return [
    "# Model card of the FlexBench predictor\n",
    introduction(facts),
    "## How far it is off\n",
    "Every result is predicted by a predictor that was trained anew without all results of its group. Cells: median / mean of `|predicted / measured − 1|`, %. All recipes see the same rows. *Reach* and *aim* are what was asked for before.\n",
    errorTable(outcomes),
    "Share of the variance that is explained, of logs / of the figures (tokens a second of one accelerator):\n",
    explainedTable(outcomes),
    "## Intervals\n",
    "Results within the 80 % intervals, and the median of high end / middle:\n",
    coverageTable(outcomes),
    "Intervals are conformal: deviations of the process, times what held 80 % of left-out results, by scenario; results that were left out together count as the root of their number. All of it comes from the rows that are learned from. Factors in use:\n",
    markdownTable(
      ["new", ...predictedScenarios],
      noveltyKinds.map((kind) => [kind, ...predictedScenarios.map((name) => spans[kind][name].toFixed(2))]),
    ),
    `A case of which the process explains less than ${((1 - farShare) * 100).toFixed(0)} % of the variance is called far and takes the widest factor. For each factor of e by which lengths or the step differ from those measured, a deviation of ${drift.toFixed(2)} is added.\n`,
    "## By group\n",
    "Pooled figures hide groups that are much worse. Cells: rows, median / mean error, % (within 80 % intervals, %).\n",
    worstGroups(outcomes),
    ...groupTables(outcomes),
    "## Latencies\n",
    "TTFT and TPOT of Server and Interactive, from raw logs. Runs are tuned to stay just within their limits, so that these tell what tuned systems show, not what an untuned one would. Cells: median / mean error, % (within 80 % intervals, %).\n",
    latencyTable(outcomes),
    "## What more results are worth\n",
    "Systems that were not measured, where only a share of the other systems is learned from. Median / mean error, %:\n",
    curveTable(curve, outcomes),
    "## How much rests on repaired data types\n",
    "Types of v4.1 that cannot be what was run were repaired by what the same systems declare in v5.0, so that v4.1 → v5.0 owes part of its figure to v5.0; the rule for L40S looked at the speed of its twin. Here the figures with the types as declared. Median / mean error, % (within 80 % intervals, %):\n",
    declaredTable(declared, outcomes),
    limits,
    "## Fitted constants\n",
    markdownTable(
      ["constant", "value"],
      constantNames.map((name) => [name, trained.file.trained.constants[name].toFixed(3)]),
    ),
  ].join("\n");
}

function introduction({ trained: { file, passedOver }, day, datasetRows }: CardFacts): string {
  const { rows, rounds } = file;
  const others = Object.entries(passedOver).map(([why, count]) => `${count} ${why}`);
  return `Written by \`flexbench predict evaluate\` on ${day} from a dataset of ${datasetRows.toLocaleString("en")} rows.

Output tokens a second of a model × data type × scenario × accelerator × count × engine, with an 80 % interval, and TTFT and
TPOT under the limits of Server and Interactive. Learned from ${rows.toLocaleString("en")} results of the rounds ${rounds.join(", ")}; passed over: ${others.join(", ")}.
Round v6.1 is sealed: nothing is trained, tuned or tested on it.

1. **Physics**: a roofline of one decoding step with its share of prefill; the batch is the largest that fits and keeps within
   the limits of TPOT and TTFT. ${constantNames.length} constants are fitted with priors.
2. **Learning**: a Gaussian process on the log of what the physics leaves, taken at the lengths and limits that were measured:
   tighter limits, longer prompts and fewer accelerators never raise a prediction of a measured model.
3. **Honesty**: intervals from results that were left out as a whole group; a warning when a case extrapolates; no answer when
   neither the model nor any chip of the family was measured, when the model does not fit, or when limits are out of reach.
`;
}

const limits = `## What to know before trusting it

- Kernel, priors and the weights of kinds of features were set while looking at results of the rounds to v5.1, v5.0 and the left-out
  groups among them; the physics follows a study that had seen v6.0. A new round will be worse than the figures above say.
- The mean prompt length of GPT-J's set is an estimate; so is the network between nodes, 25 GB/s for each accelerator.
- Scaling over nodes is taken as linear; disaggregated serving and wide expert parallelism are not told by the data.
- Models that were never measured are off in their own way, mixtures of experts most of all: see the groups.
- It knows tuned submissions. An untuned server gives less, sometimes by half.
- Figures are of MLPerf results as published by MLCommons; predictions are not verified by MLCommons.
`;
