import { markdownTable } from "../../results/markdown-table.ts";
import { latencyTargets } from "../latency-targets.ts";
import { noveltyKinds } from "../novelty.ts";
import { constantNames } from "../physics-constants.ts";
import type { PredictorFile } from "../predictor-file.ts";
import type { TrainedPredictor } from "../train-predictor.ts";
import { type Recipe, recipes, type SplitOutcome } from "./evaluate.ts";

const recipeTitles: Readonly<Record<Recipe, string>> = {
  naive: "naive roofline",
  earlier: "earlier board's recipe",
  roofline: "calibrated roofline",
  flexbench: "FlexBench",
};

/** The model card: what the predictor is, and how far it is off on results that are unlike what it learned from. */
export function modelCard({ file, passedOver }: TrainedPredictor, outcomes: readonly SplitOutcome[]): string {
  return [
    "# Model card of the FlexBench predictor\n",
    introduction(file, passedOver),
    "## How far it is off\n",
    `Every result is predicted by a predictor that was trained anew without all results of its group. Cells: median / mean of \`|predicted / measured − 1|\`, %. All recipes see the same rows. *Reach* and *aim* are what was asked for before.\n`,
    markdownTable(
      ["results of", "folds", "rows", ...recipes.map((recipe) => recipeTitles[recipe]), "reach", "aim"],
      outcomes.map((outcome) => [
        outcome.title,
        String(outcome.folds),
        String(outcome.rows),
        ...recipes.map((recipe) => errorCell(outcome, recipe)),
        outcome.mustReach.join(" / "),
        outcome.aim.join(" / "),
      ]),
    ),
    "Share of the variance that is explained, of logs / of the figures (tokens a second of one accelerator):\n",
    markdownTable(
      ["results of", ...recipes.map((recipe) => recipeTitles[recipe])],
      outcomes.map(({ title, figures }) => [
        title,
        ...recipes.map((recipe) => `${figures[recipe].r2Log.toFixed(3)} / ${figures[recipe].r2.toFixed(2)}`),
      ]),
    ),
    "## Intervals\n",
    "Results within the 80 % intervals, and the median of high end / middle:\n",
    markdownTable(
      ["results of", "within, %", "asked for, %", "median factor", "refused"],
      outcomes.map(({ title, coveragePercent, coverage, medianSpread, refused }) => [
        ...[title, coveragePercent.toFixed(0), `${coverage[0]} to ${coverage[1]}`],
        ...[`× ${medianSpread.toFixed(2)}`, String(refused)],
      ]),
    ),
    `Intervals are conformal: deviations of the process, times what held 80 % of left-out results. Factors in use: ${noveltyKinds.map((kind) => `${kind} ${file.trained.tokens.spans[kind].Offline.toFixed(2)}`).join(", ")}.\n`,
    "## Latencies\n",
    "TTFT and TPOT of Server and Interactive, from raw logs. Runs are tuned to stay just within their limits, so that these tell what tuned systems show, not what an untuned one would. Cells: median / mean error, % (within 80 % intervals, %).\n",
    markdownTable(
      ["results of", "rows", ...latencyTargets],
      outcomes.map(({ title, latencies }) => [
        title,
        String(Math.max(0, ...latencyTargets.map((name) => latencies[name]?.rows ?? 0))),
        ...latencyTargets.map((name) => {
          const told = latencies[name];
          return told === undefined
            ? "–"
            : `${told.medianPercent.toFixed(0)} / ${told.meanPercent.toFixed(0)} (${told.coveragePercent.toFixed(0)})`;
        }),
      ]),
    ),
    limits,
    "## Fitted constants\n",
    markdownTable(
      ["constant", "value"],
      constantNames.map((name) => [name, file.trained.constants[name].toFixed(3)]),
    ),
  ].join("\n");
}

function errorCell({ figures, mustReach, aim }: SplitOutcome, recipe: Recipe): string {
  const { medianPercent, meanPercent } = figures[recipe];
  const cell = `${medianPercent.toFixed(1)} / ${meanPercent.toFixed(1)}`;
  if (recipe !== "flexbench") return cell;
  const within = (goal: readonly [number, number]): boolean =>
    medianPercent <= goal[0] && meanPercent <= goal[1];
  return `**${cell}** ${within(aim) ? "(aim)" : within(mustReach) ? "(reached)" : "(missed)"}`;
}

function introduction({ rows, rounds }: PredictorFile, passedOver: Readonly<Record<string, number>>): string {
  const others = Object.entries(passedOver).map(([why, count]) => `${count} ${why}`);
  return `Output tokens a second of a model × data type × scenario × accelerator × count × engine, with an 80 % interval, and TTFT and
TPOT under the limits of Server and Interactive. Learned from ${rows} results of the rounds ${rounds.join(", ")}; passed over: ${others.join(", ")}.
Round v6.1 is sealed: nothing is trained, tuned or tested on it.

1. **Physics**: a roofline of one decoding step with its share of prefill; the batch is the largest that fits and keeps within
   the limit of TPOT. ${constantNames.length} constants are fitted with priors.
2. **Learning**: a Gaussian process on the log of what the physics leaves.
3. **Honesty**: intervals from results that were left out as a whole group; a warning when a case extrapolates; no answer when
   neither the model nor any chip of the family was measured.
`;
}

const limits = `## What to know before trusting it

- Kernel, priors and the weights of kinds of features were set while looking at results of the rounds to v5.1; the physics follows
  a study that had seen v6.0. A new round will be worse than the figures above say.
- With fewer than two rounds to learn from, intervals of a later round take a factor of 1.6, which later rounds showed.
- Mean prompt lengths of the benchmarks are partly estimates.
- Scaling over nodes is taken as linear; disaggregated serving and wide expert parallelism are not told by the data.
- It knows tuned submissions. An untuned server gives less, sometimes by half.
- Figures are of MLPerf results as published by MLCommons; predictions are not verified by MLCommons.
`;
