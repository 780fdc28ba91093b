import { relative } from "node:path";
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
import { Progress } from "./progress.ts";

/** A stream that may be a terminal. */
export interface OutputStream {
  write(text: string): unknown;
  isTTY?: boolean | undefined;
  columns?: number | undefined;
}

/** Ctrl-C, a polite end, and a terminal that was closed. */
const stopSignals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
type StopSignal = (typeof stopSignals)[number];

/** The process is over two seconds after the first signal, whatever the run still waits for. */
const mostStoppingMs = 1600;

/** What a run on the command line needs of its process, and the function that runs. */
export interface RunHost {
  run(config: RunConfig, options: RunOptions): Promise<RunRecord>;
  /** Results. */
  stdout: OutputStream;
  /** Talk. */
  stderr: OutputStream;
  environment: Readonly<Record<string, string | undefined>>;
  signals: {
    on(signal: StopSignal, listener: () => void): unknown;
    off(signal: StopSignal, listener: () => void): unknown;
  };
  /** Ends the process at once. */
  exit(code: ExitCode): void;
}

/**
 * Runs with talk on stderr and the result on stdout; resolves with the exit code. The first stop signal ends
 * the run early with its record; a second one, or two seconds, end the process. Errors of `run` pass through.
 */
export async function executeRun(config: RunConfig, host: RunHost): Promise<ExitCode> {
  if (config.dryRun) {
    host.stdout.write(dryRunText(config));
    return exitCodes.ok;
  }
  const progress = config.quiet ? null : progressOn(host.stderr, host.environment);
  let page: LivePage | null = null;
  const stop = new AbortController();
  const quit = () => {
    progress?.close();
    host.exit(exitCodes.interrupted);
  };
  const onSignal = () => {
    if (stop.signal.aborted) return quit();
    progress?.say("Stopping the run; its record is still written. Once more to quit at once.");
    // Outlives the run: neither a server that never answers nor a socket that stays open holds the process.
    setTimeout(quit, mostStoppingMs).unref();
    stop.abort();
  };
  for (const signal of stopSignals) host.signals.on(signal, onSignal);
  try {
    progress?.say(describeRun(config));
    if (config.live) {
      page = await (await import("../live/live-server.ts")).startLivePage();
      // The page is of no use to who does not know its address, so quiet does not hide it.
      host.stderr.write(`Live page: ${page.url}\n`);
    }
    return await runAndShow(config, host, { progress, page }, stop.signal);
  } catch (error) {
    if (!stop.signal.aborted || !(error instanceof FlexBenchError)) throw error;
    progress?.say(describeError(error));
    return exitCodes.interrupted;
  } finally {
    progress?.close();
    await page?.close();
    for (const signal of stopSignals) host.signals.off(signal, onSignal);
  }
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

function progressOn(stream: OutputStream, environment: RunHost["environment"]): Progress {
  const live = stream.isTTY === true && environment.TERM !== "dumb";
  return new Progress(stream, { live, color: hasColor(stream, environment) });
}

function hasColor(stream: OutputStream, { NO_COLOR = "", TERM }: RunHost["environment"]): boolean {
  return stream.isTTY === true && TERM !== "dumb" && NO_COLOR === "";
}

/** A path as short as it can be said from the working directory. */
function fromHere(path: string): string {
  const relativePath = relative(process.cwd(), path);
  return relativePath.startsWith("..") ? path : relativePath;
}
