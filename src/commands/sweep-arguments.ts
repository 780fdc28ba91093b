import type { Argv } from "yargs";
import { type PointsReading, readConcurrencyPoints, readQpsPoints } from "../campaign/load-points.ts";
import type { SweepSettings, SweepTask } from "../campaign/plan-sweep.ts";
import { loadRunConfig } from "../config/load-run-config.ts";
import type { RunConfig } from "../config/run-config.ts";
import { duration, number, text, truth, wholeNumber } from "../config/run-values.ts";
import type { Problem } from "../errors.ts";
import { serveProblems } from "../server/serve-problems.ts";
import { exitCodeHelp } from "./exit-code-help.ts";
import { declaredOptions, type OwnOption, takeOwnOptions } from "./own-options.ts";
import { type Arguments, declareRunOptions, readRunArguments } from "./run-arguments.ts";

/** What holds where the user says nothing. */
export const sweepDefaults = { repeats: 1, coolDownNs: 2e9, resolution: 5, confirmations: 2 } as const;

const sweepOptions = {
  qps: {
    argument: "POINTS",
    description:
      "Rates: 1,2,4 or 1..16:8 (points) or 1..16:x2 (factor), or auto, up to 120 % of the capacity",
    reads: text,
  },
  concurrency: {
    argument: "POINTS",
    description: "Requests under way at once, in the same forms",
    reads: text,
  },
  findMax: {
    argument: "",
    description: "Find the highest rate that is VALID within the limits",
    reads: truth,
  },
  repeats: {
    argument: "NUMBER",
    description: "Runs at each point",
    defaultText: `${sweepDefaults.repeats}`,
    reads: wholeNumber(1),
  },
  coolDown: { argument: "TIME", description: "Pause between two runs", defaultText: "2s", reads: duration },
  resolution: {
    argument: "PERCENT",
    description: "How near to the limit --find-max comes",
    defaultText: `${sweepDefaults.resolution}`,
    reads: number("a percentage from 0.5 to 50", (value) => value >= 0.5 && value <= 50),
  },
  confirmations: {
    argument: "NUMBER",
    description: "Runs of --find-max at its result that must be VALID",
    defaultText: `${sweepDefaults.confirmations}`,
    reads: wholeNumber(1),
  },
  trialQueries: {
    argument: "NUMBER",
    description: "Queries of a full trial of --find-max; by default 250 / resolution",
    reads: wholeNumber(1),
  },
} as const satisfies Record<string, OwnOption>;

/** Declares the options of `flexbench sweep`: its own, and all of a run. */
export function addSweepOptions(yargs: Argv<object>): Argv<Arguments> {
  // Its own group comes first.
  return declareRunOptions(yargs.options(declaredOptions("Sweep", sweepOptions)))
    .usage(
      "$0 sweep [options]\n\nRuns a benchmark at several loads, or finds the highest load that is VALID.",
    )
    .example("$0 sweep --endpoint URL --qps auto", "From light load to overload")
    .example("$0 sweep --endpoint URL --find-max --ttft-limit 500ms", "The highest VALID rate")
    .example("$0 sweep --endpoint URL --concurrency 1,2,4,8", "A fixed number of requests at once")
    .epilogue(`A sweep that was interrupted goes on with the same options and --output.\n\n${exitCodeHelp}`);
}

/** The configuration of the runs and the settings of the sweep. Throws UsageError with every problem of both. */
export function readSweepArguments(
  args: Arguments,
  environment: Readonly<Record<string, string | undefined>>,
): { config: RunConfig; settings: SweepSettings } {
  const { values, problems, rest } = takeOwnOptions(args, sweepOptions);
  const task = taskOf(values, problems);
  const sources = readRunArguments(rest, environment, problems);
  const config = loadRunConfig({
    ...sources,
    command: "sweep",
    decidedLater: ["targetQps"],
    furtherRules: serveProblems,
  });
  return {
    config,
    settings: {
      task,
      repeats: (values.repeats as number | undefined) ?? sweepDefaults.repeats,
      coolDownNs: (values.coolDown as number | undefined) ?? sweepDefaults.coolDownNs,
    },
  };
}

const onlyOfSearch = ["resolution", "confirmations", "trialQueries"] as const;

/** What is asked for; anything where a problem was noted, as nothing is done with it then. */
function taskOf(values: Readonly<Record<string, unknown>>, problems: Problem[]): SweepTask {
  const { qps, concurrency, findMax = false, resolution, confirmations, trialQueries } = values;
  const asked = [
    qps === undefined ? [] : ["--qps"],
    concurrency === undefined ? [] : ["--concurrency"],
    findMax === true ? ["--find-max"] : [],
  ].flat();
  const hasProblem = problems.some(({ where }) => ["--qps", "--concurrency", "--find-max"].includes(where));
  if (asked.length !== 1 && !hasProblem) {
    const message =
      asked.length === 0
        ? "one of --qps, --concurrency and --find-max is needed"
        : `only one of ${asked.join(" and ")} can be given`;
    problems.push({ where: "sweep", message });
  }
  if (findMax === true) {
    if (values.repeats !== undefined)
      problems.push({ where: "--repeats", message: "is not of --find-max; see --confirmations" });
    return {
      kind: "find-max",
      resolution: ((resolution as number | undefined) ?? sweepDefaults.resolution) / 100,
      confirmations: (confirmations as number | undefined) ?? sweepDefaults.confirmations,
      trialQueries: (trialQueries as number | undefined) ?? null,
    };
  }
  for (const key of onlyOfSearch) {
    if (values[key] !== undefined)
      problems.push({ where: declaredFlag[key], message: "is of --find-max only" });
  }
  const note = (where: string, reading: PointsReading) => {
    if (!("problem" in reading)) return reading;
    problems.push({ where, message: reading.problem });
    return { loads: [] };
  };
  return typeof concurrency === "string"
    ? { kind: "concurrency", points: note("--concurrency", readConcurrencyPoints(concurrency)) }
    : { kind: "qps", points: typeof qps === "string" ? note("--qps", readQpsPoints(qps)) : { loads: [] } };
}

const declaredFlag = {
  resolution: "--resolution",
  confirmations: "--confirmations",
  trialQueries: "--trial-queries",
} as const;
