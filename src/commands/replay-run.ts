import { UsageError } from "../errors.ts";
import { readEvents } from "../live/event-log.ts";
import { startLivePage } from "../live/live-server.ts";
import { replayEvents } from "../live/replay.ts";

/** What a replay on the command line needs of its process. */
export interface ReplayHost {
  stderr: { write(text: string): unknown };
  signals: {
    on(signal: "SIGINT" | "SIGTERM", listener: () => void): unknown;
    off(signal: "SIGINT" | "SIGTERM", listener: () => void): unknown;
  };
}

/**
 * Shows a recorded run on the live page as it went, `speed` times as fast, from the moment the page is opened. Throws
 * UsageError when there is no one run with events.
 */
export async function replayRun(folders: readonly string[], speed: number, host: ReplayHost): Promise<void> {
  const [folder, ...others] = folders;
  if (folder === undefined || others.length > 0) {
    throw new UsageError("USAGE", [{ where: "--replay", message: "takes the folder of one run" }]);
  }
  if (!(speed > 0)) {
    throw new UsageError("USAGE", [{ where: "--speed", message: "must be a number above 0" }]);
  }
  const events = await readEvents(folder);
  const page = await startLivePage();
  const stop = new AbortController();
  const onSignal = () => stop.abort();
  host.signals.on("SIGINT", onSignal);
  host.signals.on("SIGTERM", onSignal);
  try {
    host.stderr.write(`Open ${page.url} to see the run; Ctrl-C ends it.\n`);
    await page.watched(stop.signal);
    await replayEvents(events, page, { speed, signal: stop.signal });
  } finally {
    await page.close();
    host.signals.off("SIGINT", onSignal);
    host.signals.off("SIGTERM", onSignal);
  }
}
