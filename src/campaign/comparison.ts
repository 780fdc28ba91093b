import { seededRandom } from "../dataset/seeded-random.ts";
import { UsageError } from "../errors.ts";
import type { RunRecord } from "../results/record.ts";
import type { Timeline } from "../sut/timeline.ts";
import { drawBlocks } from "./block-bootstrap.ts";
import {
  type Confidence,
  deviationOf,
  type Interval,
  ofThree,
  single,
  studentQuantile,
} from "./confidence.ts";
import {
  type ComparedFigure,
  comparedFigures,
  figuresOf,
  type RequestTable,
  type RunFigures,
  requestTable,
} from "./run-figures.ts";

/** Name and version of the schema of a comparison. */
export const comparisonSchemaName = "flexbench.comparison/1";

/** One run of a side. */
export interface ComparedRun {
  record: RunRecord;
  timeline: Timeline;
}

/** What is compared: one or more runs under one name. */
export interface Side {
  name: string;
  runs: readonly ComparedRun[];
}

/** How a figure differs from that of the first side; shares of the first side's, e.g. 0.1 for 10 % more. */
export interface Difference {
  figure: ComparedFigure;
  /** Means over the runs; null where it was not measured. */
  base: number | null;
  other: number | null;
  change: number | null;
  /** 95 % interval of `change`, for this figure alone; null where nothing can be said. */
  interval: Interval | null;
  /** 95 % interval for the headline figures together; null for the others. */
  familyInterval: Interval | null;
}

/** What a side comes to against the first one. */
export type Conclusion = "faster" | "slower" | "mixed" | "not told apart";

/** One side against the first. */
export interface SideComparison {
  name: string;
  conclusion: Conclusion;
  /** One plain sentence. */
  sentence: string;
  differences: Difference[];
}

/** A comparison: schema `flexbench.comparison/1`. */
export interface Comparison {
  schema: typeof comparisonSchemaName;
  base: string;
  /** What the intervals rest on: pairs of runs, runs, or the requests of single runs. */
  basis: "pairs" | "runs" | "requests";
  sides: { name: string; runs: string[]; folders: string[] }[];
  comparisons: SideComparison[];
  /** What weakens the comparison: other loads, other data, runs that are not VALID. */
  notes: string[];
}

/** With fewer runs a side their spread says too little, and the requests within them are drawn instead. */
const fewestRuns = 3;

/** A sentence speaks of three figures at once. */
const headlineConfidence = ofThree;

/**
 * Compares every side with the first. With three runs or more on each side the spread between runs gives the
 * intervals, pair by pair when `paired`; else blocks of requests are drawn again within each run, which does not see
 * what differs from run to run. The same data give the same intervals. Throws UsageError for sides that cannot be
 * compared at all.
 */
export function compareSides(
  sides: readonly Side[],
  options: { paired: boolean },
): Omit<Comparison, "sides"> {
  const [base, ...others] = sides;
  if (base === undefined || others.length === 0) {
    throw new UsageError("COMPARE_TOO_FEW", [{ where: "compare", message: "needs two sides at least" }]);
  }
  refuseOtherScenarios(sides);
  const isOpenLoop = base.runs[0]?.record.loadgen?.scenario === "Server";
  const headline = isOpenLoop ? openLoopHeadline : closedLoopHeadline;
  const enough = sides.every(({ runs }) => runs.length >= fewestRuns);
  const basis = !enough ? "requests" : options.paired ? "pairs" : "runs";
  const baseTables = tablesOf(base, isOpenLoop);
  return {
    schema: comparisonSchemaName,
    base: base.name,
    basis,
    comparisons: others.map((other) => {
      const spread = spreadOf(baseTables, tablesOf(other, isOpenLoop), basis);
      const differences = comparedFigures.map(({ key }) => differenceOf(key, spread, headline.includes(key)));
      return { name: other.name, ...concluded(base.name, other.name, differences), differences };
    }),
    notes: notesOn(sides, basis),
  };
}

/** In the open loop the rate is the load's, not the server's. */
const openLoopHeadline: readonly ComparedFigure[] = ["ttftP50Ns", "tpotP50Ns", "latencyP50Ns"];
const closedLoopHeadline: readonly ComparedFigure[] = ["tokensPerSecond", "ttftP50Ns", "tpotP50Ns"];

function tablesOf({ runs }: Side, isOpenLoop: boolean): RequestTable[] {
  return runs.map(({ timeline }) => requestTable(timeline, isOpenLoop));
}

/** Means of a figure on both sides, and the logarithm of their ratio with its error. */
type Spread = (figure: ComparedFigure) => {
  base: number;
  other: number;
  error: number | null;
  /** Degrees of freedom of that error; null for very many. */
  degrees: number | null;
};

function spreadOf(
  base: readonly RequestTable[],
  other: readonly RequestTable[],
  basis: Comparison["basis"],
): Spread {
  const baseFigures = base.map(figuresOf);
  const otherFigures = other.map(figuresOf);
  const drawn = basis === "requests" ? drawnLogRatios(base, other) : null;
  return (figure) => {
    const ours = baseFigures.map((figures) => figures[figure]);
    const theirs = otherFigures.map((figures) => figures[figure]);
    const means = { base: mean(ours), other: mean(theirs) };
    if (drawn !== null)
      return { ...means, error: deviationOf(drawn.map((ratios) => ratios[figure])), degrees: null };
    if (basis === "pairs") {
      const ratios = ours.map((value, pair) => Math.log((theirs[pair] ?? Number.NaN) / value));
      return { ...means, error: deviationOf(ratios) / Math.sqrt(ratios.length), degrees: ratios.length - 1 };
    }
    const variances = [ours, theirs].map((values) => deviationOf(values.map(Math.log)) ** 2 / values.length);
    const degrees = Math.min(ours.length, theirs.length) - 1;
    return { ...means, error: Math.sqrt(variances.reduce((sum, value) => sum + value, 0)), degrees };
  };
}

const mostDraws = 300;
const fewestDraws = 40;
/** Requests drawn in all: a run of a million requests is drawn less often, as its figures vary less. */
const requestsDrawn = 6_000_000;

/** Logarithms of the ratio of each figure, each with requests drawn anew. */
function drawnLogRatios(base: readonly RequestTable[], other: readonly RequestTable[]): RunFigures[] {
  const requests = [...base, ...other].reduce((sum, { ttftNs }) => sum + ttftNs.length, 0);
  const draws = Math.min(mostDraws, Math.max(fewestDraws, Math.round(requestsDrawn / Math.max(1, requests))));
  const random = seededRandom(1, 0);
  return Array.from({ length: draws }, () => {
    const ours = base.map((table) => figuresOf(drawBlocks(table, random)));
    const theirs = other.map((table) => figuresOf(drawBlocks(table, random)));
    return Object.fromEntries(
      comparedFigures.map(({ key }) => [
        key,
        Math.log(mean(theirs.map((figures) => figures[key])) / mean(ours.map((figures) => figures[key]))),
      ]),
    ) as RunFigures;
  });
}

function differenceOf(figure: ComparedFigure, spread: Spread, isHeadline: boolean): Difference {
  const { base, other, error, degrees } = spread(figure);
  const logRatio = Math.log(other / base);
  const interval = (confidence: Confidence): Interval | null => {
    if (error === null || !Number.isFinite(error) || !Number.isFinite(logRatio)) return null;
    const quantile = degrees === null ? confidence.normalQuantile : studentQuantile(confidence, degrees);
    return { low: Math.expm1(logRatio - quantile * error), high: Math.expm1(logRatio + quantile * error) };
  };
  return {
    figure,
    base: finiteOrNull(base),
    other: finiteOrNull(other),
    change: finiteOrNull(other / base - 1),
    interval: interval(single),
    familyInterval: isHeadline ? interval(headlineConfidence) : null,
  };
}

function concluded(
  base: string,
  other: string,
  differences: readonly Difference[],
): { conclusion: Conclusion; sentence: string } {
  const told = differences.flatMap((difference) => {
    const { familyInterval, figure } = difference;
    if (familyInterval === null || (familyInterval.low <= 0 && familyInterval.high >= 0)) return [];
    const described = comparedFigures.find(({ key }) => key === figure);
    const isMore = familyInterval.low > 0;
    const isBetter = isMore === (described?.better === "more");
    return [{ isBetter, text: changeText(described?.title ?? figure, difference.change, familyInterval) }];
  });
  const better = told.filter(({ isBetter }) => isBetter).map(({ text }) => text);
  const worse = told.filter(({ isBetter }) => !isBetter).map(({ text }) => text);
  if (told.length === 0) {
    const widest = Math.max(
      ...differences.flatMap(({ familyInterval }) =>
        familyInterval === null ? [] : [Math.abs(familyInterval.low), Math.abs(familyInterval.high)],
      ),
    );
    const bound = Number.isFinite(widest)
      ? `: what sets them apart is less than ${percent(widest)}`
      : ": too little was measured";
    return { conclusion: "not told apart", sentence: `${other} and ${base} are not told apart${bound}.` };
  }
  if (worse.length === 0)
    return { conclusion: "faster", sentence: `${other} is faster than ${base}: ${better.join(", ")}.` };
  if (better.length === 0)
    return { conclusion: "slower", sentence: `${other} is slower than ${base}: ${worse.join(", ")}.` };
  return {
    conclusion: "mixed",
    sentence: `${other} is better than ${base} in ${better.join(", ")}, and worse in ${worse.join(", ")}.`,
  };
}

function changeText(title: string, change: number | null, { low, high }: Interval): string {
  const isLess = (change ?? 0) < 0;
  const ends = isLess ? [-high, -low] : [low, high];
  const range = ends.map((end) => percent(end)).join(" to ");
  return `${title} ${percent(Math.abs(change ?? 0))} ${isLess ? "less" : "more"} (${range})`;
}

function percent(share: number): string {
  return `${Number((100 * share).toPrecision(share >= 1 ? 3 : 2))} %`;
}

function refuseOtherScenarios(sides: readonly Side[]): void {
  const problems = sides.flatMap(({ name, runs }) =>
    runs.flatMap(({ record, timeline }) => {
      if (record.loadgen?.mode === "accuracy" || record.loadgen === null)
        return [{ where: name, message: `${record.id} holds no performance test` }];
      return timeline.length === 0 ? [{ where: name, message: `${record.id} has no requests` }] : [];
    }),
  );
  const scenarios = new Set(sides.flatMap(({ runs }) => runs.map(({ record }) => record.loadgen?.scenario)));
  if (problems.length === 0 && scenarios.size > 1)
    problems.push({ where: "compare", message: `the scenarios differ: ${[...scenarios].join(", ")}` });
  if (problems.length > 0) throw new UsageError("COMPARE_INCOMPARABLE", problems);
}

/** Options in which the runs of a comparison may differ without a word. */
const freeOptions = new Set(["endpoint", "output", "seed", "apiKey", "header", "tlsCa", "tlsCert", "tlsKey"]);

function notesOn(sides: readonly Side[], basis: Comparison["basis"]): string[] {
  const runs = sides.flatMap(({ name, runs: own }) => own.map((run) => ({ name, ...run })));
  const [first] = runs;
  if (first === undefined) return [];
  const optionNames = new Set(runs.flatMap(({ record }) => Object.keys(record.config)));
  const differing = [...optionNames]
    .filter((name) => !freeOptions.has(name))
    .filter(
      (name) => new Set(runs.map(({ record }) => JSON.stringify(record.config[name] ?? null))).size > 1,
    );
  return [
    ...runs
      .filter(({ record }) => record.state !== "valid")
      .map(({ name, record }) => `${name}: ${record.id} is ${record.state}.`),
    ...(differing.length === 0 ? [] : [`The runs differ in ${differing.join(", ")}.`]),
    ...(new Set(runs.map(({ record }) => record.dataset.sha256 ?? record.dataset.name)).size > 1
      ? ["The datasets differ."]
      : []),
    ...(new Set(runs.map(({ record }) => record.model.name)).size > 1 ? ["The models differ."] : []),
    ...(basis === "requests"
      ? [
          `Fewer than ${fewestRuns} runs a side: what differs from run to run is not in the intervals; see --endpoint and --repeats.`,
        ]
      : []),
  ];
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function finiteOrNull(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
