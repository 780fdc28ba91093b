import { rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { RunConfig } from "../config/run-config.ts";
import type { RunRecord } from "../results/record.ts";
import type { RunEvent, RunListener } from "../run-events.ts";
import { pointFigures } from "./point-figures.ts";
import { runFolderOf, type SweepFolder, writeSweep } from "./sweep-folder.ts";
import type { SweepRun, SweepRunRole } from "./sweep-record.ts";

/** Runs one benchmark: `run` of the library, or anything alike. */
export type RunFunction = (
  config: RunConfig,
  options: { listener: RunListener; signal: AbortSignal },
) => Promise<RunRecord>;

/** What a sweep tells while it goes on: which run begins and ends, and in between the events of that run. */
export type SweepEvent =
  | { kind: "run-begins"; name: string; load: number; role: SweepRunRole }
  | { kind: "run-ended"; run: SweepRun }
  /** A run that was finished in an earlier attempt. */
  | { kind: "run-kept"; run: SweepRun }
  | { kind: "message"; message: string }
  | { kind: "run-event"; event: RunEvent };

/** Receives the events of a sweep, one after the other. Must not throw. */
export interface SweepListener {
  onSweepEvent(event: SweepEvent): void;
}

/** One run that is asked for. */
export interface RunOrder {
  name: string;
  role: SweepRunRole;
  load: number;
  repeat: number;
  config: RunConfig;
  /** Ends the run as soon as LoadGen's verdict is certain to be INVALID. */
  endsEarly: boolean;
}

/** Thrown where a sweep was ended by its signal; what is finished stands in its folder. */
export class SweepInterrupted extends Error {
  override readonly name = "SweepInterrupted";
}

/** Says in a record why its run was ended early. */
export const certainlyInvalid = {
  reason: "More requests were over their limit than LoadGen can let pass, so the run was ended early.",
  remedy: null,
} as const;

/** Makes the runs of a sweep one after the other, each once: what is finished is never run again. */
export class SweepSession {
  readonly folder: SweepFolder;
  readonly #run: RunFunction;
  readonly #listener: SweepListener;
  readonly #signal: AbortSignal;
  readonly #coolDownMs: number;
  #isWarm = false;

  constructor(
    folder: SweepFolder,
    options: { run: RunFunction; listener: SweepListener; signal: AbortSignal },
  ) {
    this.folder = folder;
    this.#run = options.run;
    this.#listener = options.listener;
    this.#signal = options.signal;
    this.#coolDownMs = folder.record.plan.coolDownNs / 1e6;
  }

  say(message: string): void {
    this.#listener.onSweepEvent({ kind: "message", message });
  }

  /** Gives the run of this name from an earlier attempt, or makes it. Throws SweepInterrupted, and what `run` throws. */
  async make(order: RunOrder): Promise<SweepRun> {
    const { record } = this.folder;
    const kept = record.runs.find(({ name }) => name === order.name);
    if (kept !== undefined) {
      this.#listener.onSweepEvent({ kind: "run-kept", run: kept });
      return kept;
    }
    await this.#coolDown();
    const { name, role, load } = order;
    this.#listener.onSweepEvent({ kind: "run-begins", name, load, role });
    const run = await this.#make(order);
    record.runs.push(run);
    await this.save();
    this.#listener.onSweepEvent({ kind: "run-ended", run });
    return run;
  }

  /** Writes the sweep as it is now. */
  async save(): Promise<void> {
    await writeSweep(this.folder.path, this.folder.record);
  }

  async #coolDown(): Promise<void> {
    try {
      if (this.#isWarm) await sleep(this.#coolDownMs, undefined, { signal: this.#signal });
    } catch (cause) {
      throw new SweepInterrupted("interrupted while cooling down", { cause });
    }
    if (this.#signal.aborted) throw new SweepInterrupted("interrupted between two runs");
    this.#isWarm = true;
  }

  async #make({ name, role, load, repeat, config, endsEarly }: RunOrder): Promise<SweepRun> {
    const folder = runFolderOf(name);
    const path = join(this.folder.path, folder);
    const early = new AbortController();
    const record = await this.#run(
      { ...config, output: path },
      {
        signal: AbortSignal.any([this.#signal, early.signal]),
        listener: {
          onEvent: (event) => {
            this.#listener.onSweepEvent({ kind: "run-event", event });
            if (endsEarly && isCertainlyInvalid(event)) early.abort(certainlyInvalid);
          },
        },
      },
    );
    const endedEarly = record.state === "aborted" && early.signal.aborted && !this.#signal.aborted;
    if (record.state === "aborted" && !endedEarly) {
      await rm(path, { recursive: true, force: true });
      throw new SweepInterrupted(`interrupted in ${name}`);
    }
    const figures = await pointFigures(path, record);
    return { name, role, load, repeat, folder, state: record.state, endedEarly, figures, cost: record.cost };
  }
}

function isCertainlyInvalid(event: RunEvent): boolean {
  if (event.kind !== "snapshot" || event.snapshot.overLatency === undefined) return false;
  const { count, allowed } = event.snapshot.overLatency;
  // Below 0 the test is too short to become VALID, and it is not the server's doing.
  return allowed >= 0 && count > allowed;
}
