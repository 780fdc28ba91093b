import { once } from "node:events";
import { createWriteStream, type WriteStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { UsageError } from "../errors.ts";
import { readRecord, runFiles } from "../results/store.ts";
import type { RunEvent, RunListener } from "../run-events.ts";

/** An event of a run and when it came. */
export interface TimedEvent {
  /** ms after the first event of the run. */
  atMs: number;
  event: RunEvent;
}

/** Writes the events of a run to a file, a line of JSON each, and passes them on. */
export class EventLog implements RunListener {
  readonly #stream: WriteStream;
  readonly #next: RunListener;
  #startedMs: number | null = null;

  /** `folder` is where the run's files are written. */
  constructor(folder: string, next: RunListener) {
    this.#stream = createWriteStream(join(folder, runFiles.events));
    // The log is not worth a run: what cannot be written is missing, and the run goes on.
    this.#stream.on("error", () => undefined);
    this.#next = next;
  }

  onEvent(event: RunEvent): void {
    this.#startedMs ??= performance.now();
    const atMs = Math.round(performance.now() - this.#startedMs);
    // The end of the run is its record, which stands beside.
    if (event.kind !== "finished" && !this.#stream.destroyed && !this.#stream.writableEnded)
      this.#stream.write(`${JSON.stringify({ atMs, event } satisfies TimedEvent)}\n`);
    this.#next.onEvent(event);
  }

  /** Ends the file; later events are only passed on. */
  async close(): Promise<void> {
    if (this.#stream.destroyed || this.#stream.writableEnded) return;
    this.#stream.end();
    await once(this.#stream, "close");
  }
}

/** The events of a run on disk, the last one being its end. Throws UsageError when there are none or one is broken. */
export async function readEvents(folder: string): Promise<TimedEvent[]> {
  const record = await readRecord(folder);
  const file = join(folder, runFiles.events);
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new UsageError("EVENTS_MISSING", [{ where: file, message: `cannot be read (${reason})` }], {
      hint: "Give the folder of a run; runs of earlier versions kept no events.",
      cause,
    });
  }
  const lines = text.split("\n").filter((line) => line !== "");
  const events = lines.map((line, index) => parseEvent(line, `${file}:${index + 1}`));
  const lastMs = events.at(-1)?.atMs ?? 0;
  return [...events, { atMs: lastMs, event: { kind: "finished", record, folder } }];
}

function parseEvent(line: string, where: string): TimedEvent {
  try {
    const parsed: unknown = JSON.parse(line);
    if (isTimedEvent(parsed)) return parsed;
  } catch {
    // Said below, as for JSON that is no event.
  }
  throw new UsageError("EVENTS_BROKEN", [{ where, message: "is not an event of a run" }], {
    hint: "The file was changed or cut off.",
  });
}

function isTimedEvent(parsed: unknown): parsed is TimedEvent {
  if (typeof parsed !== "object" || parsed === null) return false;
  if (!("atMs" in parsed) || !("event" in parsed) || typeof parsed.atMs !== "number") return false;
  const { event } = parsed;
  return typeof event === "object" && event !== null && "kind" in event && typeof event.kind === "string";
}
