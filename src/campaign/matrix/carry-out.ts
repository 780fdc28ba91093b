import { existsSync } from "node:fs";
import { readdir, rename, rm } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { FlexBenchError, UsageError } from "../../errors.ts";
import type { StartedServer } from "../../server/start-server.ts";
import { type RunFunction, SweepInterrupted } from "../run-sequence.ts";
import { sweep } from "../run-sweep.ts";
import {
  cellFolderOf,
  isCancelled,
  readCellState,
  runFolderOf,
  serverLogOf,
  standings,
  writeCellState,
} from "./campaign-state.ts";
import { type Cell, type RunWish, titleOf } from "./cell.ts";
import { cellConfig, sweepSettingsOf } from "./cell-config.ts";
import { type Claim, claimAttempt } from "./claims.ts";
import { runState } from "./run-state.ts";

/** What carrying out cells tells. */
export type CarryEvent =
  | { kind: "cell-begins"; cell: Cell; attempt: number }
  | { kind: "cell-ended"; cell: Cell; state: "finished" | "failed" | "interrupted"; reason: string | null }
  | { kind: "message"; message: string };

/** The server of a cell: one that was started for it here, or that stands elsewhere. */
export interface CellServer {
  url: string;
  /** Null for one that was started elsewhere. */
  started: StartedServer | null;
  /** Resolves when it ended by itself. */
  died: Promise<string>;
  stop(): Promise<void>;
}

/** How cells are carried out. */
export interface CarryOptions {
  run: RunFunction;
  /** Starts the server of a cell. */
  startServer: (cell: Cell, signal: AbortSignal) => Promise<CellServer>;
  environment: Readonly<Record<string, string | undefined>>;
  /** Longest time of a cell, ns; null: none. */
  timeLimitNs: number | null;
  /** Attempts at a cell that failed. */
  mostAttempts: number;
  signal: AbortSignal;
  onEvent: (event: CarryEvent) => void;
}

/** Ended cells by how they ended; cells that somebody else has, or that need nothing, are not among them. */
export type Carried = Record<"finished" | "failed" | "interrupted", number>;

/**
 * Carries out cells of one group, one after the other, on one server that is started with the first that needs it. Each
 * cell is claimed before, so that several processes may be given the same cells.
 */
export async function carryOut(
  campaign: string,
  cells: readonly Cell[],
  options: CarryOptions,
): Promise<Carried> {
  const carried: Carried = { finished: 0, failed: 0, interrupted: 0 };
  const server = new SharedServer(options);
  try {
    for (const cell of cells) {
      if (options.signal.aborted || (await isCancelled(campaign))) break;
      const claim = await nextAttempt(campaign, cell, options.mostAttempts);
      if (claim === null) continue;
      const { attempt, failures } = claim;
      options.onEvent({ kind: "cell-begins", cell, attempt });
      const folder = cellFolderOf(campaign, cell.id);
      const { runs = [], seconds = 0 } = (await readCellState(folder)) ?? {};
      const begunMs = performance.now();
      const outcome = await carryOutCell(campaign, cell, { attempt, runs }, server, options);
      const { isFinal: _, ...kept } = outcome;
      await writeCellState(folder, {
        ...kept,
        seconds: seconds + (performance.now() - begunMs) / 1000,
        attempt,
        failures: failuresAfter(outcome, failures, options.mostAttempts),
      });
      claim.release();
      carried[outcome.state] += 1;
      options.onEvent({ kind: "cell-ended", cell, state: outcome.state, reason: outcome.reason });
    }
  } finally {
    await server.stop();
  }
  return carried;
}

/** Claims a cell; null where it needs nothing, has failed too often, or is somebody else's. */
async function nextAttempt(
  campaign: string,
  cell: Cell,
  mostAttempts: number,
): Promise<(Claim & { failures: number }) | null> {
  const [standing] = await standings(campaign, [cell]);
  if (standing === undefined || standing.state === "finished" || standing.state === "running") return null;
  if (standing.state === "failed" && standing.failures >= mostAttempts) return null;
  const claim = await claimAttempt(cellFolderOf(campaign, cell.id), standing.attempts + 1);
  return claim && { ...claim, failures: standing.failures };
}

interface Outcome {
  state: keyof Carried;
  reason: string | null;
  runs: string[];
  /** The server's output, relative to the campaign; null where none was started here. */
  serverLog: string | null;
  /** It would fail in the same way again. */
  isFinal: boolean;
}

/** Settings that are wrong stay wrong: such a cell has used up its attempts. */
function failuresAfter({ state, isFinal }: Outcome, before: number, mostAttempts: number): number {
  if (state !== "failed") return before;
  return isFinal ? Math.max(mostAttempts, before + 1) : before + 1;
}

async function carryOutCell(
  campaign: string,
  cell: Cell,
  { attempt, runs: measured }: { attempt: number; runs: readonly string[] },
  shared: SharedServer,
  options: CarryOptions,
): Promise<Outcome> {
  const folder = cellFolderOf(campaign, cell.id);
  const runs = [...measured];
  const limit = new AbortController();
  const ends =
    options.timeLimitNs === null ? null : setTimeout(() => limit.abort(), options.timeLimitNs / 1e6);
  const signal = AbortSignal.any([options.signal, limit.signal]);
  let serverLog: string | null = null;
  const ended = (state: Outcome["state"], reason: string | null, isFinal = false): Outcome => ({
    ...{ state, reason, runs, isFinal },
    // One that did not come up has told it in its log.
    serverLog:
      serverLog ?? (existsSync(serverLogOf(folder)) ? relative(campaign, serverLogOf(folder)) : null),
  });
  try {
    const server = await shared.for(cell, signal, (path) => {
      serverLog = path === null ? null : relative(campaign, path);
    });
    for (const wish of cell.wishes) {
      const path = runFolderOf(folder, wish.name);
      await putAside(path, attempt);
      const state = (await runState(path)) ?? (await measure(cell, wish, path, server, signal, options));
      if (options.signal.aborted || limit.signal.aborted) throw new SweepInterrupted("interrupted");
      if (state.state === "failed") return ended("failed", state.reason);
      if (state.state === "interrupted") throw new SweepInterrupted("interrupted");
      if (!runs.includes(wish.name)) runs.push(wish.name);
    }
    return ended("finished", null);
  } catch (error) {
    if (options.signal.aborted) return ended("interrupted", null);
    if (limit.signal.aborted)
      return ended(
        "failed",
        `CELL_TIME_LIMIT: The cell took longer than its time limit of ${Math.round((options.timeLimitNs ?? 0) / 1e9)} s.`,
      );
    await shared.stop();
    const reason = error instanceof FlexBenchError ? `${error.code}: ${error.message}` : String(error);
    return ended("failed", reason, error instanceof UsageError);
  } finally {
    if (ends !== null) clearTimeout(ends);
  }
}

async function measure(
  cell: Cell,
  { seed }: RunWish,
  output: string,
  server: CellServer | null,
  signal: AbortSignal,
  { run, environment }: CarryOptions,
): Promise<Awaited<ReturnType<typeof runState>> & object> {
  const config = cellConfig(cell, { endpoint: server?.url ?? null, seed, output }, environment);
  const settings = sweepSettingsOf(cell.measure);
  const onServer: RunFunction = (runConfig, options) =>
    run(runConfig, { ...options, ...(server?.started == null ? {} : { server: server.started }) });
  if (settings === null) await onServer(config, { signal, listener: { onEvent: () => {} } });
  else await sweep(config, { ...settings, run: onServer, signal });
  return (await runState(output)) ?? { state: "interrupted" };
}

/** A run that failed, or was cut off, makes room for the next attempt; what failed can still be looked at. */
async function putAside(path: string, attempt: number): Promise<void> {
  const state = await runState(path);
  if (state?.state === "failed") await rename(path, `${path}.failed-before-${attempt}`);
  const siblings: string[] = await readdir(dirname(path)).catch(() => []);
  for (const name of siblings)
    if (join(dirname(path), name).startsWith(`${path}.partial-`))
      await rm(join(dirname(path), name), { recursive: true, force: true, maxRetries: 5 });
}

/** The server of a group: started when it is first needed, and again when it has died. */
class SharedServer {
  readonly #options: CarryOptions;
  #server: CellServer | null = null;

  constructor(options: CarryOptions) {
    this.#options = options;
  }

  /** Null for a cell that brings its endpoints. Tells where the server's output is written. */
  async for(
    cell: Cell,
    signal: AbortSignal,
    tellLog: (path: string | null) => void,
  ): Promise<CellServer | null> {
    if (cell.server === null) return null;
    if (this.#server !== null) {
      tellLog(this.#server.started?.logPath ?? null);
      return this.#server;
    }
    this.#options.onEvent({ kind: "message", message: `Starting ${cell.server.kind} for ${titleOf(cell)}.` });
    const server = await this.#options.startServer(cell, signal);
    tellLog(server.started?.logPath ?? null);
    void server.died.then(() => {
      if (this.#server === server) this.#server = null;
    });
    this.#server = server;
    return server;
  }

  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    await server?.stop();
  }
}
