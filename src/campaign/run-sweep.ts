import type { RunConfig } from "../config/run-config.ts";
import { findCapacity, findRate } from "./capacity.ts";
import { autoLoads } from "./load-points.ts";
import { planSweep, type SweepSettings } from "./plan-sweep.ts";
import { closedLoopConfig, openLoopConfig } from "./point-configs.ts";
import { type RunFunction, SweepInterrupted } from "./run-sequence.ts";
import { searchMax } from "./search-max.ts";
import { openSweepFolder } from "./sweep-folder.ts";
import type { SweepPlan, SweepRecord } from "./sweep-record.ts";
import { type SweepListener, SweepSession } from "./sweep-session.ts";
import { summariseSweep } from "./sweep-summary.ts";

/** How a sweep is carried out, watched and ended early. */
export interface SweepOptions extends SweepSettings {
  /** Carries out one run: `run` of this library. */
  run: RunFunction;
  listener?: SweepListener;
  /** Ends the sweep early; finished runs stay, and the same call again goes on with the others. */
  signal?: AbortSignal;
}

/** A sweep and where it stands. */
export interface SweepOutcome {
  record: SweepRecord;
  /** Absolute. */
  folder: string;
}

/** A sized run ends a little later than asked rather than too early. */
const sizingReserve = 1.1;

/**
 * Runs every point of a sweep, or searches the highest VALID rate. `config.output` names the folder, which holds
 * `sweep.json` and a folder for each run; the same call with the same folder goes on where an earlier one ended.
 * An interruption is a state of the record. Throws UsageError for what does not fit together or another plan in the
 * folder, and what `run` throws.
 */
export async function sweep(config: RunConfig, options: SweepOptions): Promise<SweepOutcome> {
  const plan = planSweep(config, options);
  const folder = await openSweepFolder(config.output, plan);
  const { record } = folder;
  const session = new SweepSession(folder, {
    run: options.run,
    listener: options.listener ?? { onSweepEvent: () => undefined },
    signal: options.signal ?? new AbortController().signal,
  });
  if (folder.resumed) session.say(`Going on with the sweep in ${folder.path}.`);
  record.state = "running";
  try {
    if (plan.search !== null) record.search = await searchMax(session, config, plan.search);
    else await runPoints(session, config, plan);
    record.state = "finished";
  } catch (error) {
    if (!(error instanceof SweepInterrupted)) throw error;
    record.state = "interrupted";
  }
  record.endedAt = new Date().toISOString();
  await session.save();
  return { record, folder: folder.path };
}

async function runPoints(session: SweepSession, config: RunConfig, plan: SweepPlan): Promise<void> {
  const { record } = session.folder;
  if (plan.autoPoints !== null) {
    record.capacity = await findCapacity(session, config);
    session.say(`Capacity: ${record.capacity.toPrecision(4)} samples/s.`);
  }
  const kind = plan.kind === "concurrency" ? "concurrency" : "qps";
  const loads = plan.loads ?? autoLoads(record.capacity ?? 0, plan.autoPoints ?? 0);
  // All loads once, then all again: a machine that drifts then moves every point alike.
  for (let repeat = 0; repeat < plan.repeats; repeat++) {
    for (const load of loads) {
      await session.make({
        name: `${kind}-${load}-run-${repeat + 1}`,
        role: "point",
        load,
        repeat,
        config:
          kind === "qps"
            ? openLoopConfig(config, load, repeat)
            : closedLoopConfig(config, load, sizingReserve * (await findRate(session, config, load)), repeat),
        endsEarly: false,
      });
      record.summary = summariseSweep(record.runs, kind, config.percentile / 100);
      await session.save();
    }
  }
}
