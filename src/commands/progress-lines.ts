import { formatBytes, formatNumber, formatTime, timeUnitFor } from "../results/quantities.ts";
import { painter, type TextFormat, truncateText } from "../results/text-layout.ts";
import { currentRates, type ProgressState, type TestProgress } from "./progress-state.ts";

/** How a live line is drawn. */
export interface LiveLineOptions {
  /** Columns that may be used. */
  width: number;
  color: boolean;
  /** Any clock, ms: it turns the spinner. */
  nowMs: number;
}

const spinnerFrames = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"] as const;
const spinnerFrameMs = 250;

/** The one line that a terminal shows, never wider than `width`; null when there is nothing to show. */
export function liveLine(state: ProgressState, options: LiveLineOptions): string | null {
  switch (state.kind) {
    case "idle":
      return null;
    case "waiting": {
      const frame = spinnerFrames[Math.floor(options.nowMs / spinnerFrameMs) % spinnerFrames.length];
      return truncateText(`${frame} ${state.message}`, options.width);
    }
    case "download": {
      const { label, receivedBytes, totalBytes } = state;
      const parts = [{ text: label }, { text: downloadedText(receivedBytes, totalBytes) }];
      return fitLine(parts, totalBytes === null ? null : receivedBytes / totalBytes, options);
    }
    case "test":
      return fitLine(testParts(state), elapsedShare(state), options);
  }
}

/** The same figures as one line for a log file; null when there is nothing to say. */
export function plainLine(state: ProgressState): string | null {
  if (state.kind === "download") {
    return `${state.label}: ${downloadedText(state.receivedBytes, state.totalBytes)}`;
  }
  if (state.kind !== "test") return null;
  const { phase, snapshot, durationNs } = state;
  const { issued, completed, failed, recentTtftNs } = snapshot;
  const rates = currentRates(state);
  const planned = durationNs > 0 ? ` of ${wholeSeconds(durationNs)} s` : "";
  const figures = [
    `${formatNumber(issued)} issued`,
    `${formatNumber(completed)} completed`,
    `${formatNumber(failed)} failed`,
    ...(rates === null ? [] : [`${rate(rates.queries)} queries/s`, `${rate(rates.tokens)} tokens/s`]),
    ...(recentTtftNs === null
      ? []
      : [`TTFT p50 ${formatTime(recentTtftNs.p50)} p99 ${formatTime(recentTtftNs.p99)}`]),
  ];
  return `${phase} ${wholeSeconds(snapshot.elapsedNs)} s${planned}: ${figures.join(", ")}`;
}

/** One part of a live line; the higher its rank, the sooner it is left out. */
interface LinePart {
  text: string;
  rank?: number;
  format?: TextFormat;
}

function testParts(test: TestProgress): LinePart[] {
  const { phase, snapshot, durationNs } = test;
  const { elapsedNs, issued, completed, failed, recentTtftNs } = snapshot;
  const rates = currentRates(test);
  const time = durationNs > 0 ? `${clock(elapsedNs)}/${clock(durationNs)}` : clock(elapsedNs);
  return [
    ...(phase === "performance" ? [] : [{ text: phase, rank: 4 }]),
    { text: time },
    { text: `${formatNumber(completed)}/${formatNumber(issued)} done` },
    failed > 0
      ? { text: `${formatNumber(failed)} failed`, format: ["bold", "red"] }
      : { text: "0 failed", rank: 5 },
    ...(rates === null
      ? []
      : [
          { text: `${rate(rates.queries)} qps`, rank: 1 },
          { text: `${rate(rates.tokens)} tok/s`, rank: 2 },
        ]),
    ...(recentTtftNs === null ? [] : [{ text: ttftText(recentTtftNs), rank: 3 }]),
  ];
}

const leastBar = 6;
const mostBar = 30;
const gap = "  ";

/** Leaves out parts until the rest fits, then fills what is left with a bar. */
function fitLine(parts: readonly LinePart[], share: number | null, options: LiveLineOptions): string {
  const { width, color } = options;
  const paint = painter(color);
  let shown = parts;
  while (textWidth(shown) > width && shown.some(({ rank }) => rank !== undefined)) {
    const highest = Math.max(...shown.map(({ rank }) => rank ?? 0));
    shown = shown.filter(({ rank }) => rank !== highest);
  }
  if (textWidth(shown) > width) return truncateText(shown.map(({ text }) => text).join(gap), width);
  const text = shown
    .map((part) => (part.format === undefined ? part.text : paint(part.format, part.text)))
    .join(gap);
  const room = Math.min(mostBar, width - textWidth(shown) - gap.length);
  if (share === null || room < leastBar) return text;
  const filled = Math.round(Math.min(Math.max(share, 0), 1) * room);
  return `${paint("cyan", "█".repeat(filled))}${paint("dim", "░".repeat(room - filled))}${gap}${text}`;
}

function textWidth(parts: readonly LinePart[]): number {
  return parts.reduce((total, { text }) => total + text.length, gap.length * Math.max(0, parts.length - 1));
}

/** "TTFT 20.4/31.2 ms": p50 and p99 in one unit. */
function ttftText({ p50, p99 }: { p50: number; p99: number }): string {
  const unit = timeUnitFor(p50);
  const short = (ns: number) =>
    ns < 100 * unit.ns ? (ns / unit.ns).toFixed(1) : formatNumber(Math.round(ns / unit.ns));
  return `TTFT ${short(p50)}/${short(p99)} ${unit.name}`;
}

function elapsedShare({ snapshot, durationNs }: TestProgress): number | null {
  return durationNs > 0 ? snapshot.elapsedNs / durationNs : null;
}

function downloadedText(receivedBytes: number, totalBytes: number | null): string {
  if (totalBytes === null) return formatBytes(receivedBytes);
  const percent = totalBytes === 0 ? 100 : Math.floor((receivedBytes / totalBytes) * 100);
  return `${formatBytes(receivedBytes)} of ${formatBytes(totalBytes)} (${percent}%)`;
}

/** A rate that changes from line to line: no more digits than the eye can follow. */
function rate(value: number): string {
  return value < 10 ? value.toFixed(2) : formatNumber(Math.round(value));
}

function wholeSeconds(ns: number): number {
  return Math.floor(ns / 1e9);
}

/** "0:34", "12:05", "1:02:03". */
function clock(ns: number): string {
  const total = wholeSeconds(ns);
  const two = (value: number) => String(value).padStart(2, "0");
  const hours = Math.floor(total / 3600);
  const minutes = Math.floor((total % 3600) / 60);
  const seconds = two(total % 60);
  return hours > 0 ? `${hours}:${two(minutes)}:${seconds}` : `${minutes}:${seconds}`;
}
