import { mkdir, readdir, rename, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { RunConfig } from "../config/run-config.ts";
import { maskUrl } from "../config/secrets.ts";
import { type Problem, UsageError } from "../errors.ts";
import { resultsFolder } from "../results/store.ts";
import { readRun } from "./compare-folders.ts";
import { type ComparedRun, type Comparison, compareSides } from "./comparison.ts";
import { type RunFunction, SweepInterrupted, type SweepListener } from "./sweep-session.ts";

/** How endpoints are compared. */
export interface CompareOptions {
  /** Runs on each endpoint; from three on the spread between runs gives the intervals. */
  repeats: number;
  /** Pause between two runs. */
  coolDownNs: number;
  /** Carries out one run: `run` of this library. */
  run: RunFunction;
  listener?: SweepListener;
  signal?: AbortSignal;
}

/** Each run draws three streams of numbers from consecutive seeds. */
const seedsPerRun = 3;

/** The file that holds a comparison. */
const comparisonFile = "comparison.json";

/**
 * Runs the same benchmark on every endpoint in turn, `repeats` times, and compares them. The order is turned round in
 * every second round, so that a machine that drifts favours none; within a round all meet the same arrivals.
 * `config.output` names the folder, which holds `comparison.json` and a folder for each run. Throws UsageError for what
 * does not fit together, SweepInterrupted when it was ended early, and what `run` throws.
 */
export async function compareEndpoints(
  config: RunConfig,
  options: CompareOptions,
): Promise<{ comparison: Comparison; folder: string }> {
  refuseMisfits(config);
  const folder = await createFolder(config.output);
  const names = config.endpoints.map(maskUrl);
  const sides = config.endpoints.map((endpoint, index) => ({
    endpoint,
    name: names[index] ?? endpoint,
    letter: letterOf(index),
    runs: [] as ComparedRun[],
    folders: [] as string[],
  }));
  const listener = options.listener ?? { onSweepEvent: () => undefined };
  const signal = options.signal ?? new AbortController().signal;
  for (let round = 0; round < options.repeats; round++) {
    for (const side of round % 2 === 0 ? sides : sides.toReversed()) {
      const isFirst = sides.every(({ runs }) => runs.length === 0);
      if (!isFirst) await pause(options.coolDownNs / 1e6, signal);
      const name = `round-${round + 1}-${side.letter}`;
      listener.onSweepEvent({
        kind: "message",
        message: `— round ${round + 1} of ${options.repeats}: ${side.name}`,
      });
      const path = join(folder, name);
      const record = await options.run(
        {
          ...config,
          endpoints: [side.endpoint],
          output: path,
          ...seedOf(config, round),
        },
        { signal, listener: { onEvent: (event) => listener.onSweepEvent({ kind: "run-event", event }) } },
      );
      if (record.state === "aborted") {
        await rm(path, { recursive: true, force: true });
        throw new SweepInterrupted(`interrupted in ${name}`);
      }
      side.runs.push(await readRun(path));
      side.folders.push(name);
    }
  }
  const comparison: Comparison = {
    ...compareSides(sides, { paired: true }),
    sides: sides.map(({ name, runs, folders }) => ({
      name,
      runs: runs.map(({ record }) => record.id),
      folders,
    })),
  };
  await write(folder, comparison);
  return { comparison, folder };
}

function seedOf(config: RunConfig, round: number): { seed?: number } {
  if (config.benchmark !== null || config.userConf !== null) return {};
  return { seed: config.seed + seedsPerRun * round };
}

/** a, b, … z, aa, … */
function letterOf(index: number): string {
  const letter = String.fromCharCode("a".charCodeAt(0) + (index % 26));
  return index < 26 ? letter : letterOf(Math.floor(index / 26) - 1) + letter;
}

function refuseMisfits({ endpoints, mode }: RunConfig): void {
  const problems: Problem[] = [];
  if (endpoints.length < 2)
    problems.push({ where: "--endpoint", message: "is needed twice at least: what is to be compared" });
  if (mode !== "performance")
    problems.push({ where: "--mode", message: `must be performance in a comparison, not ${mode}` });
  if (problems.length > 0) throw new UsageError("COMPARE_INVALID", problems);
}

async function createFolder(output: string | null): Promise<string> {
  const time = new Date().toISOString().replaceAll(/[-:]|\.\d+/g, "");
  const folder = resolve(output ?? join(resultsFolder, `${time}-comparison-${process.pid}`));
  try {
    await mkdir(folder, { recursive: true });
    if ((await readdir(folder)).length === 0) return folder;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const message = `${folder} cannot be written to (${reason})`;
    throw new UsageError("OUTPUT_NOT_WRITABLE", [{ where: "--output", message }], {
      hint: "Choose a folder that you may write to.",
      cause,
    });
  }
  throw new UsageError(
    "OUTPUT_NOT_EMPTY",
    [{ where: "--output", message: `${folder} exists already and is not empty` }],
    { hint: "Choose another folder or leave --output out; FlexBench overwrites nothing." },
  );
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(ms, undefined, { signal });
  } catch (cause) {
    throw new SweepInterrupted("interrupted while cooling down", { cause });
  }
}

async function write(folder: string, comparison: Comparison): Promise<void> {
  const temporary = join(folder, `${comparisonFile}.partial`);
  await writeFile(temporary, `${JSON.stringify(comparison, null, 2)}\n`);
  await rename(temporary, join(folder, comparisonFile));
}
