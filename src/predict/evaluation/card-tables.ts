import { markdownTable } from "../../results/markdown-table.ts";
import { latencyTargets, latencyTitles } from "../latency-targets.ts";
import { type Recipe, recipes, type SplitOutcome } from "./evaluate.ts";
import { type GroupFigures, type Grouping, groupings } from "./group-figures.ts";
import type { CurvePoint } from "./learning-curve.ts";

const recipeTitles: Readonly<Record<Recipe, string>> = {
  naive: "naive roofline",
  earlier: "earlier board's recipe",
  roofline: "calibrated roofline",
  flexbench: "FlexBench",
};
const titles = recipes.map((recipe) => recipeTitles[recipe]);

interface Figures {
  medianPercent: number;
  meanPercent: number;
}

const errorsOf = ({ medianPercent, meanPercent }: Figures): string =>
  `${medianPercent.toFixed(1)} / ${meanPercent.toFixed(1)}`;
const coarsely = ({ medianPercent, meanPercent }: Figures): string =>
  `${medianPercent.toFixed(0)} / ${meanPercent.toFixed(0)}`;
const missing = "–";

/** Errors of every recipe on every split, beside what was asked for. */
export function errorTable(outcomes: readonly SplitOutcome[]): string {
  return markdownTable(
    ["results of", "folds", "rows", ...titles, "reach", "aim"],
    outcomes.map((outcome) => [
      ...[outcome.title, String(outcome.folds), String(outcome.rows)],
      ...recipes.map((recipe) => errorCell(outcome, recipe)),
      ...[outcome.mustReach.join(" / "), outcome.aim.join(" / ")],
    ]),
  );
}

function errorCell({ figures, mustReach, aim }: SplitOutcome, recipe: Recipe): string {
  const told = figures[recipe];
  if (told === null) return missing;
  if (recipe !== "flexbench") return errorsOf(told);
  const within = (goal: readonly [number, number]): boolean =>
    told.medianPercent <= goal[0] && told.meanPercent <= goal[1];
  return `**${errorsOf(told)}** ${within(aim) ? "(aim)" : within(mustReach) ? "(reached)" : "(missed)"}`;
}

/** Share of the variance that every recipe explains. */
export function explainedTable(outcomes: readonly SplitOutcome[]): string {
  return markdownTable(
    ["results of", ...titles],
    outcomes.map(({ title, figures }) => [
      title,
      ...recipes.map((recipe) => {
        const told = figures[recipe];
        return told === null ? missing : `${told.r2Log.toFixed(3)} / ${told.r2.toFixed(2)}`;
      }),
    ]),
  );
}

/** What the intervals held. */
export function coverageTable(outcomes: readonly SplitOutcome[]): string {
  return markdownTable(
    ["results of", "within, %", "asked for, %", "median factor", "refused"],
    outcomes.map(({ title, coveragePercent, coverage, medianSpread, refused }) => [
      ...[title, coveragePercent.toFixed(0), `${coverage[0]} to ${coverage[1]}`],
      ...[`× ${medianSpread.toFixed(2)}`, String(refused)],
    ]),
  );
}

const groupTitles: Readonly<Record<Grouping, string>> = {
  model: "model",
  family: "family of chips",
  scenario: "scenario",
};
/** Groups of fewer rows say little, and are left out of the worst. */
const tellingRows = 10;

/** A line for each split: the groups that are furthest off, and whose intervals hold least. */
export function worstGroups(outcomes: readonly SplitOutcome[]): string {
  const lines = outcomes.flatMap(({ title, groups }) => {
    const telling = groups.filter(({ rows }) => rows >= tellingRows);
    const [first] = telling;
    if (first === undefined) return [];
    const worst = telling.reduce((most, one) => (one.meanPercent > most.meanPercent ? one : most), first);
    const least = telling.reduce(
      (low, one) => (one.coveragePercent < low.coveragePercent ? one : low),
      first,
    );
    return [
      `- ${title}: furthest off ${worst.name} (${coarsely(worst)} %), least within ${least.name} (${least.coveragePercent.toFixed(0)} %)`,
    ];
  });
  return `${lines.join("\n")}\n`;
}

/** A table for each way to group, with a column for each split. */
export function groupTables(outcomes: readonly SplitOutcome[]): string[] {
  return (Object.keys(groupings) as Grouping[]).map((by) => {
    const names = [...new Set(outcomes.flatMap(({ groups }) => namesOf(groups, by)))];
    return markdownTable(
      [groupTitles[by], ...outcomes.map(({ title }) => title)],
      names.map((name) => [name, ...outcomes.map(({ groups }) => groupCell(groups, by, name))]),
    );
  });
}

const namesOf = (groups: readonly GroupFigures[], by: Grouping): string[] =>
  groups.filter((group) => group.by === by).map(({ name }) => name);

function groupCell(groups: readonly GroupFigures[], by: Grouping, name: string): string {
  const told = groups.find((group) => group.by === by && group.name === name);
  return told === undefined
    ? missing
    : `${told.rows}: ${coarsely(told)} (${told.coveragePercent.toFixed(0)})`;
}

/** How latencies were predicted. */
export function latencyTable(outcomes: readonly SplitOutcome[]): string {
  return markdownTable(
    ["results of", "rows", ...latencyTargets.map((name) => latencyTitles[name])],
    outcomes.map(({ title, latencies }) => [
      title,
      String(Math.max(0, ...latencyTargets.map((name) => latencies[name]?.rows ?? 0))),
      ...latencyTargets.map((name) => {
        const told = latencies[name];
        return told === undefined ? missing : `${coarsely(told)} (${told.coveragePercent.toFixed(0)})`;
      }),
    ]),
  );
}

/** Errors by the share of systems learned from; all of them are the split of systems itself. */
export function curveTable(curve: readonly CurvePoint[], outcomes: readonly SplitOutcome[]): string {
  const whole = outcomes.find(({ id }) => id === "system");
  return markdownTable(
    ["systems", "results", "error"],
    [
      ...curve.map((point) => [`${point.share * 100} %`, String(point.rows), errorsOf(point)]),
      ...(whole === undefined
        ? []
        : [["100 %", String(Math.round(whole.rows * 0.8)), errorsOf(whole.figures.flexbench)]]),
    ],
  );
}

/** Figures with declared types beside those with repaired ones. */
export function declaredTable(declared: readonly SplitOutcome[], outcomes: readonly SplitOutcome[]): string {
  const cell = (outcome: SplitOutcome | undefined): string =>
    outcome === undefined
      ? missing
      : `${errorsOf(outcome.figures.flexbench)} (${outcome.coveragePercent.toFixed(0)})`;
  return markdownTable(
    ["results of", "as declared", "repaired"],
    declared.map((one) => [one.title, cell(one), cell(outcomes.find(({ id }) => id === one.id))]),
  );
}
