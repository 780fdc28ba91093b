import { join } from "node:path";
import type { RunConfig } from "../config/run-config.ts";
import type { RunEvent } from "../run-events.ts";
import { whyNotValid } from "./certain-outcome.ts";
import { pointFigures } from "./point-figures.ts";
import { type RunFunction, RunSequence } from "./run-sequence.ts";
import { runFolderOf, type SweepFolder, writeSweep } from "./sweep-folder.ts";
import type { SweepRun, SweepRunRole } from "./sweep-record.ts";

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
  /** Ends the run as soon as it is certain not to become VALID. */
  endsEarly: boolean;
}

/** Makes the runs of a sweep one after the other, each once: what is finished is never run again. */
export class SweepSession {
  readonly folder: SweepFolder;
  readonly #sequence: RunSequence;
  readonly #listener: SweepListener;

  constructor(
    folder: SweepFolder,
    { run, listener, signal }: { run: RunFunction; listener: SweepListener; signal: AbortSignal },
  ) {
    this.folder = folder;
    this.#listener = listener;
    this.#sequence = new RunSequence({
      run,
      coolDownNs: folder.record.plan.coolDownNs,
      signal,
      onRunEvent: (event) => listener.onSweepEvent({ kind: "run-event", event }),
    });
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
    await this.#sequence.coolDown();
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

  async #make({ name, role, load, repeat, config, endsEarly }: RunOrder): Promise<SweepRun> {
    const folder = runFolderOf(name);
    const path = join(this.folder.path, folder);
    const { record, endedEarly } = await this.#sequence.make(config, path, (event) =>
      endsEarly ? whyNotValid(event, config.maxErrorRate) : null,
    );
    const figures = await pointFigures(path, record);
    return { name, role, load, repeat, folder, state: record.state, endedEarly, figures, cost: record.cost };
  }
}
