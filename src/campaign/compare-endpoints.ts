import { join } from "node:path";
import { maskedConfig } from "../config/masked-config.ts";
import type { RunConfig } from "../config/run-config.ts";
import { maskUrl } from "../config/secrets.ts";
import { type Problem, UsageError } from "../errors.ts";
import { readRun } from "./compare-folders.ts";
import { type ComparedRun, type Comparison, compareSides } from "./comparison.ts";
import { ComparisonFolder, comparedRunFolder } from "./comparison-folder.ts";
import { type RunFunction, RunSequence, SweepInterrupted } from "./run-sequence.ts";
import type { SweepListener } from "./sweep-session.ts";

/** How endpoints are compared. */
export interface CompareOptions {
  /** Runs on each endpoint; from three on the spread between runs gives the intervals. */
  repeats: number;
  /** Pause between two runs. */
  coolDownNs: number;
  /** Carries out one run: `run` of this library. */
  run: RunFunction;
  listener?: SweepListener;
  /** Ends the comparison early; finished runs stay, and the same call again goes on with the others. */
  signal?: AbortSignal;
}

/** Each run draws three streams of numbers from consecutive seeds. */
const seedsPerRun = 3;

/**
 * Runs the same benchmark on every endpoint in turn, `repeats` times, and compares them. The order is turned round in
 * every second round, so that a machine that drifts favours none; within a round all meet the same arrivals.
 * `config.output` names the folder, which holds `comparison.json` and a folder for each run; the same call with the same
 * folder goes on where an earlier one ended. Throws UsageError for what does not fit together or another plan in the
 * folder, SweepInterrupted when it was ended early, and what `run` throws.
 */
export async function compareEndpoints(
  config: RunConfig,
  options: CompareOptions,
): Promise<{ comparison: Comparison; folder: string }> {
  refuseMisfits(config);
  const { repeats, coolDownNs, run, listener, signal = new AbortController().signal } = options;
  const { output: _, ...planned } = maskedConfig(config);
  const folder = await ComparisonFolder.open(config.output, { repeats, coolDownNs, config: planned });
  const say = (message: string) => listener?.onSweepEvent({ kind: "message", message });
  const sequence = new RunSequence({
    ...{ run, coolDownNs, signal },
    onRunEvent: (event) => listener?.onSweepEvent({ kind: "run-event", event }),
  });
  if (folder.resumed) say(`Going on with the comparison in ${folder.path}.`);
  const sides = config.endpoints.map((endpoint, index) => ({
    endpoint,
    index,
    name: maskUrl(endpoint),
    runs: [] as ComparedRun[],
    folders: [] as string[],
  }));
  try {
    for (let round = 0; round < repeats; round++) {
      for (const side of round % 2 === 0 ? sides : sides.toReversed()) {
        const name = comparedRunFolder(round, side.index);
        const path = join(folder.path, name);
        const title = `— round ${round + 1} of ${repeats}: ${side.name}`;
        if (folder.holds(name)) say(`${title}, finished before`);
        else {
          await sequence.coolDown();
          say(title);
          await sequence.make({ ...config, endpoints: [side.endpoint], ...seedOf(config, round) }, path);
          await folder.keep(name);
        }
        side.runs.push(await readRun(path));
        side.folders.push(name);
      }
    }
  } catch (error) {
    if (error instanceof SweepInterrupted)
      say(`Interrupted: the same command with --output ${folder.path} goes on.`);
    throw error;
  }
  const comparison: Comparison = {
    ...compareSides(sides, { paired: true }),
    sides: sides.map(({ name, runs, folders }) => ({
      name,
      runs: runs.map(({ record }) => record.id),
      folders,
    })),
  };
  await folder.write(comparison);
  return { comparison, folder: folder.path };
}

function seedOf(config: RunConfig, round: number): { seed?: number } {
  if (config.benchmark !== null || config.userConf !== null) return {};
  return { seed: config.seed + seedsPerRun * round };
}

function refuseMisfits({ endpoints, mode }: RunConfig): void {
  const problems: Problem[] = [];
  if (endpoints.length < 2)
    problems.push({ where: "--endpoint", message: "is needed twice at least: what is to be compared" });
  if (mode !== "performance")
    problems.push({ where: "--mode", message: `must be performance in a comparison, not ${mode}` });
  if (problems.length > 0) throw new UsageError("COMPARE_INVALID", problems);
}
