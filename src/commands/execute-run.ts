import { stringify } from "yaml";
import { describeRun } from "../config/describe-run.ts";
import { maskedConfig } from "../config/masked-config.ts";
import type { RunConfig } from "../config/run-config.ts";
import { type ExitCode, exitCodes, FlexBenchError } from "../errors.ts";
import type { LivePage } from "../live/live-server.ts";
import { exitCodeOf } from "../results/exit-code.ts";
import type { RunRecord } from "../results/record.ts";
import { renderTable } from "../results/table.ts";
import type { RunOptions } from "../run.ts";
import { describeError } from "./describe-error.ts";
import type { Progress } from "./progress.ts";
import { type StopSignals, untilStopped } from "./stop-signals.ts";
import { fromHere, hasColor, type OutputStream, progressOn } from "./terminal.ts";

export type { OutputStream } from "./terminal.ts";

/** What a run on the command line needs of its process, and the function that runs. */
export interface RunHost {
  run(config: RunConfig, options: RunOptions): Promise<RunRecord>;
  /** Results. */
  stdout: OutputStream;
  /** Talk. */
  stderr: OutputStream;
  environment: Readonly<Record<string, string | undefined>>;
  signals: StopSignals;
  /** Ends the process at once. */
  exit(code: ExitCode): void;
}

/**
 * Runs with talk on stderr and the result on stdout; resolves with the exit code. The first stop signal ends
 * the run early with its record; a second one, or two seconds, end the process. Errors of `run` pass through.
 */
export async function executeRun(config: RunConfig, host: RunHost): Promise<ExitCode> {
  if (config.dryRun) {
    const plan = config.submission
      ? await (await import("../run-submission.ts")).describeSubmission(config)
      : [];
    host.stdout.write(dryRunText(config));
    if (!config.quiet) for (const line of plan) host.stderr.write(`${line}\n`);
    return exitCodes.ok;
  }
  const progress = config.quiet ? null : progressOn(host.stderr, host.environment);
  const stopping = {
    signals: host.signals,
    onStop: () => progress?.say("Stopping the run; its record is still written. Once more to quit at once."),
    quit: () => {
      progress?.close();
      host.exit(exitCodes.interrupted);
    },
  };
  return await untilStopped(stopping, async (signal) => {
    let page: LivePage | null = null;
    try {
      progress?.say(describeRun(config));
      if (config.live) {
        page = await (await import("../live/live-server.ts")).startLivePage();
        // The page is of no use to who does not know its address, so quiet does not hide it.
        host.stderr.write(`Live page: ${page.url}\n`);
      }
      return await runAndShow(config, host, { progress, page }, signal);
    } catch (error) {
      if (!signal.aborted || !(error instanceof FlexBenchError)) throw error;
      progress?.say(describeError(error));
      return exitCodes.interrupted;
    } finally {
      progress?.close();
      await page?.close();
    }
  });
}

async function runAndShow(
  config: RunConfig,
  host: RunHost,
  { progress, page }: { progress: Progress | null; page: LivePage | null },
  signal: AbortSignal,
): Promise<ExitCode> {
  let folder: string | null = null;
  const record = await host.run(config, {
    signal,
    listener: {
      onEvent: (event) => {
        if (event.kind === "finished") folder = fromHere(event.folder);
        progress?.onEvent(event);
        page?.onEvent(event);
      },
    },
  });
  progress?.close();
  if (config.json) {
    host.stdout.write(`${JSON.stringify(record, null, 2)}\n`);
    if (folder !== null) progress?.say(`Files: ${folder}`);
  } else {
    const { stdout, environment } = host;
    const width = stdout.columns ?? 80;
    host.stdout.write(renderTable(record, { width, color: hasColor(stdout, environment), folder }));
  }
  return exitCodeOf(record);
}

/** The configuration as it would be used: YAML with the sentence as a comment, so that it can be a file again. */
function dryRunText(config: RunConfig): string {
  const resolved = maskedConfig(config);
  if (config.json) return `${JSON.stringify(resolved, null, 2)}\n`;
  return `# ${describeRun(config)}\n${stringify(resolved)}`;
}
