import { stringify } from "yaml";
import type { CommandModule } from "yargs";
import { planSweep, type SweepSettings } from "../campaign/plan-sweep.ts";
import type { RunFunction } from "../campaign/run-sequence.ts";
import { sweep } from "../campaign/run-sweep.ts";
import type { SweepRecord, SweepRun } from "../campaign/sweep-record.ts";
import type { SweepEvent } from "../campaign/sweep-session.ts";
import { renderSweep } from "../campaign/sweep-table.ts";
import type { RunConfig } from "../config/run-config.ts";
import { type ExitCode, exitCodes } from "../errors.ts";
import { formatNumber } from "../results/quantities.ts";
import { withServerForAll } from "./campaign-server.ts";
import type { RunHost } from "./execute-run.ts";
import { leavePage } from "./leave-page.ts";
import type { Arguments } from "./run-arguments.ts";
import { untilStopped } from "./stop-signals.ts";
import { addSweepOptions, readSweepArguments } from "./sweep-arguments.ts";
import { fromHere, hasColor, progressOn } from "./terminal.ts";

/** `flexbench sweep`: a benchmark at several loads, or the highest load that is VALID. */
export const sweepCommand: CommandModule<object, Arguments> = {
  command: "sweep",
  describe: "Run at several loads, or find the highest VALID one",
  builder: addSweepOptions,
  handler: async (args) => {
    const { config, settings } = readSweepArguments(args, process.env);
    process.exitCode = await executeSweep(config, settings, {
      run: async (runConfig, options) => (await import("../run.ts")).run(runConfig, options),
      stdout: process.stdout,
      stderr: process.stderr,
      environment: process.env,
      signals: process,
      exit: (code) => process.exit(code),
    });
  },
};

/** Sweeps with talk on stderr and the result on stdout; resolves with the exit code. Errors of `sweep` pass through. */
export async function executeSweep(
  config: RunConfig,
  settings: SweepSettings,
  host: Omit<RunHost, "run"> & { run: RunFunction },
): Promise<ExitCode> {
  if (config.dryRun) {
    const plan = planSweep(config, settings);
    host.stdout.write(config.json ? `${JSON.stringify(plan, null, 2)}\n` : stringify(plan));
    return exitCodes.ok;
  }
  const progress = config.quiet ? null : progressOn(host.stderr, host.environment);
  const onSweepEvent = (event: SweepEvent) => {
    if (event.kind === "run-event") progress?.onEvent(event.event);
    else progress?.say(sentence(event));
  };
  const stopping = {
    signals: host.signals,
    onStop: () => progress?.say("Stopping the sweep; what is finished stays. Once more to quit at once."),
    quit: () => host.exit(exitCodes.interrupted),
  };
  try {
    const { record, folder } = await untilStopped(stopping, (signal) =>
      withServerForAll(host.run, (run) =>
        sweep(config, { ...settings, run, signal, listener: { onSweepEvent } }),
      ),
    );
    progress?.close();
    if (record.runs.length > 0) await leavePage("sweep", folder, progress);
    if (config.json) host.stdout.write(`${JSON.stringify(record, null, 2)}\n`);
    else {
      const color = hasColor(host.stdout, host.environment);
      host.stdout.write(renderSweep(record, { color, folder: fromHere(folder) }));
    }
    return exitCodeOfSweep(record);
  } finally {
    progress?.close();
  }
}

/** The exit code that says how a sweep ended. */
export function exitCodeOfSweep({ state, search, runs }: SweepRecord): ExitCode {
  if (state !== "finished") return exitCodes.interrupted;
  if (search !== null) return search.found ? exitCodes.ok : exitCodes.invalid;
  return runs.every((run) => run.state === "failed") ? exitCodes.failed : exitCodes.ok;
}

function sentence(event: Exclude<SweepEvent, { kind: "run-event" }>): string {
  switch (event.kind) {
    case "message":
      return event.message;
    case "run-begins":
      return `— ${event.name}`;
    case "run-kept":
      return `— ${event.run.name}: finished before, ${outcome(event.run)}`;
    case "run-ended":
      return `  ${event.run.name}: ${outcome(event.run)}`;
  }
}

function outcome({ state, endedEarly, figures }: SweepRun): string {
  if (endedEarly) return "certainly not VALID, ended early";
  return `${state.toUpperCase()}, ${formatNumber(figures.samplesPerSecond)} samples/s`;
}
