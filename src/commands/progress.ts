import { type Paint, painter, wrapText } from "../results/text-layout.ts";
import type { RunEvent, RunListener } from "../run-events.ts";
import { liveLine, plainLine } from "./progress-lines.ts";
import { advance, idle, type ProgressState } from "./progress-state.ts";

/** What progress is written to: stderr, or anything alike. */
export interface ProgressStream {
  write(text: string): unknown;
  columns?: number | undefined;
}

export interface ProgressOptions {
  /** Rewrite one line in place; else plain lines follow each other. */
  live: boolean;
  color: boolean;
  /** Any clock, ms. @default performance.now */
  now?: () => number;
}

const clearLine = "\r\u001b[K";
/** The client shares the machine with what it draws, so it draws seldom. */
const redrawMs = 250;
const plainLineMs = 5000;

/** Shows the events of a run on a terminal or in a log. Call `close` at the end: it leaves nothing half-drawn. */
export class Progress implements RunListener {
  readonly #stream: ProgressStream;
  readonly #live: boolean;
  readonly #color: boolean;
  readonly #paint: Paint;
  readonly #now: () => number;
  readonly #timer: NodeJS.Timeout | null;
  #state: ProgressState = idle;
  #drawn = "";
  #lastPlainMs = Number.NEGATIVE_INFINITY;

  constructor(stream: ProgressStream, { live, color, now = () => performance.now() }: ProgressOptions) {
    this.#stream = stream;
    this.#live = live;
    this.#color = color;
    this.#paint = painter(color);
    this.#now = now;
    this.#timer = live ? setInterval(() => this.#redraw(), redrawMs) : null;
    this.#timer?.unref();
  }

  onEvent(event: RunEvent): void {
    const before = this.#state;
    this.#state = advance(before, event);
    const message = this.#messageOf(event);
    if (message !== null) this.say(message);
    if (!this.#live) this.#writePlainLine(before);
  }

  /** Writes lines that stay, broken at blanks where a terminal would break them anywhere. */
  say(message: string): void {
    const columns = this.#live ? (this.#stream.columns ?? 80) : Number.POSITIVE_INFINITY;
    const lines = message.split("\n").flatMap((line) => wrapText(line, columns));
    const text = `${lines.join("\n")}\n`;
    this.#stream.write(this.#drawn === "" ? text : `${clearLine}${text}${this.#drawn}`);
  }

  /** Clears the live line and draws no more. */
  close(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#state = idle;
    if (this.#live) this.#redraw();
  }

  #messageOf(event: RunEvent): string | null {
    switch (event.kind) {
      case "server-starting":
      case "note":
        return event.message;
      case "warning":
        return `${this.#paint(["bold", "yellow"], "warning:")} ${event.message}`;
      case "server-ready":
        return `${event.name} is ready at ${event.url}`;
      case "phase":
        return this.#live ? null : phaseMessages[event.phase];
      default:
        return null;
    }
  }

  #redraw(): void {
    const width = (this.#stream.columns ?? 80) - 1;
    const line = liveLine(this.#state, { width, color: this.#color, nowMs: this.#now() }) ?? "";
    if (line === this.#drawn) return;
    this.#stream.write(`${clearLine}${line}`);
    this.#drawn = line;
  }

  #writePlainLine(before: ProgressState): void {
    const isOver = this.#state.kind === "download" && this.#state.receivedBytes === this.#state.totalBytes;
    const isDue = this.#now() - this.#lastPlainMs >= plainLineMs;
    const line = plainLine(this.#state);
    if (this.#state === before || line === null || !(isDue || isOver)) return;
    this.#stream.write(`${line}\n`);
    this.#lastPlainMs = this.#now();
  }
}

const phaseMessages = {
  warmup: "warming up",
  performance: "performance test begins",
  accuracy: "accuracy test begins",
  report: "writing the results",
} as const;
