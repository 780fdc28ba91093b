import { rm } from "node:fs/promises";
import { basename } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { RunConfig } from "../config/run-config.ts";
import type { Explanation } from "../loadgen/explain-verdict.ts";
import type { RunRecord } from "../results/record.ts";
import type { RunEvent, RunListener } from "../run-events.ts";
import type { StartedServer } from "../server/start-server.ts";

/** Runs one benchmark: `run` of the library, or anything alike. */
export type RunFunction = (
  config: RunConfig,
  options: { listener: RunListener; signal: AbortSignal; server?: StartedServer },
) => Promise<RunRecord>;

/** Thrown where a sweep or a comparison was ended by its signal; what is finished stands in its folder. */
export class SweepInterrupted extends Error {
  override readonly name = "SweepInterrupted";
}

/** How the runs of a campaign are carried out. */
export interface SequenceOptions {
  run: RunFunction;
  /** Pause between two runs. */
  coolDownNs: number;
  /** Ends the run under way and all that would follow. */
  signal: AbortSignal;
  onRunEvent(event: RunEvent): void;
}

/** Makes runs one after the other, with a pause between them. */
export class RunSequence {
  readonly #options: SequenceOptions;
  #isWarm = false;

  constructor(options: SequenceOptions) {
    this.#options = options;
  }

  /** Resolves when the next run may begin. Throws SweepInterrupted. */
  async coolDown(): Promise<void> {
    const { coolDownNs, signal } = this.#options;
    try {
      if (this.#isWarm) await sleep(coolDownNs / 1e6, undefined, { signal });
    } catch (cause) {
      throw new SweepInterrupted("interrupted while cooling down", { cause });
    }
    if (signal.aborted) throw new SweepInterrupted("interrupted between two runs");
    this.#isWarm = true;
  }

  /**
   * Makes one run, whose folder is `path`. It ends early when `endsFor` gives a reason, which its record then tells.
   * Throws SweepInterrupted, leaving no folder, and what `run` throws.
   */
  async make(
    config: RunConfig,
    path: string,
    endsFor: (event: RunEvent) => Explanation | null = () => null,
  ): Promise<{ record: RunRecord; endedEarly: boolean }> {
    const { run, signal, onRunEvent } = this.#options;
    const early = new AbortController();
    const onEvent = (event: RunEvent): void => {
      onRunEvent(event);
      const reason = endsFor(event);
      if (reason !== null) early.abort(reason);
    };
    const record = await run(
      { ...config, output: path },
      { signal: AbortSignal.any([signal, early.signal]), listener: { onEvent } },
    );
    const endedEarly = record.state === "aborted" && early.signal.aborted && !signal.aborted;
    if (record.state === "aborted" && !endedEarly) {
      await rm(path, { recursive: true, force: true });
      throw new SweepInterrupted(`interrupted in ${basename(path)}`);
    }
    return { record, endedEarly };
  }
}
