import { loadgenNumber } from "../loadgen/verdict.ts";
import type { LatencyLimits } from "../model/define-model.ts";
import { latencyLines } from "./latency-lines.ts";
import { formatBytes, formatNumber, formatShare, formatTime } from "./quantities.ts";
import type { ClientReport, RunRecord, RunState } from "./record.ts";
import { resourceLines } from "./resource-lines.ts";
import { submissionText } from "./submission-text.ts";
import { labelled, type Paint, painter, type TextFormat, truncateText } from "./text-layout.ts";

/** How a result is laid out for a reader. */
export interface TableOptions {
  /** Columns of the terminal. @default 80 */
  width?: number;
  /** @default false */
  color?: boolean;
  /** Folder of the run's files; null where none were written. @default null */
  folder?: string | null;
}

const labelWidth = 12;
const indent = " ".repeat(labelWidth + 2);
const leastWidth = 60;
const mostWidth = 110;

/** The end result for people: the verdict, why, the figures, the client's health and where the files are. */
export function renderTable(record: RunRecord, options: TableOptions = {}): string {
  const { color = false, folder = null } = options;
  const width = Math.min(Math.max(options.width ?? 80, leastWidth), mostWidth);
  const paint = painter(color);
  const sections = [
    verdictLines(record, width, paint),
    reasonLines(record, width, paint),
    subjectLines(record, width),
    rateLines(record, width, paint),
    latencyLines(record.metrics, limitsOf(record), width, paint),
    accuracyLines(record, width, paint),
    resourceLines(record).flatMap(({ label, text }) => row(label, text, width)),
    healthLines(record, width, paint),
    folder === null ? [] : row("Files", folder, Number.POSITIVE_INFINITY),
  ];
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n")}\n`;
}

const stateFormats = {
  valid: ["bold", "black", "bgGreen"],
  invalid: ["bold", "black", "bgYellow"],
  failed: ["bold", "white", "bgRed"],
  aborted: ["bold", "black", "bgYellow"],
} as const satisfies Record<RunState, TextFormat>;

const testNames = { performance: "performance", accuracy: "accuracy", all: "performance and accuracy" };

const scenarioNames = {
  server: "Server",
  offline: "Offline",
  "single-stream": "SingleStream",
  "multi-stream": "MultiStream",
  interactive: "Interactive",
};

function verdictLines(record: RunRecord, width: number, paint: Paint): string[] {
  const { state, config, loadgen, label } = record;
  const rule = paint("dim", "─".repeat(width));
  const scenario = nameIn(scenarioNames, config.scenario) ?? loadgen?.scenario ?? "LoadGen";
  const tests = nameIn(testNames, config.mode) ?? testNames.performance;
  const verdict = paint([...stateFormats[state]], ` ${state.toUpperCase()} `);
  const simulated = record.simulated ? `${paint(["bold", "yellow"], "simulated server")} · ` : "";
  return [
    rule,
    `${verdict}  ${paint("bold", `${scenario} scenario, ${tests}`)}`,
    `  ${simulated}${paint("dim", label)}`,
    ...alarms(record).flatMap((alarm) =>
      labelled("  ", alarm, width).map((line) => paint(["bold", "red"], line)),
    ),
    rule,
  ];
}

/** What spoils a result in plain sight of its verdict. */
function alarms({ accuracy, client }: RunRecord): string[] {
  const inaccurate = accuracy?.passed === false ? ["ACCURACY BELOW TARGET"] : [];
  const why = client?.why ?? "the client was the bottleneck.";
  const saturated = `CLIENT SATURATED, these figures are not the server's alone: ${why}`;
  return client?.saturated === true ? [...inaccurate, saturated] : inaccurate;
}

function nameIn(names: Readonly<Record<string, string>>, key: unknown): string | null {
  return typeof key === "string" ? (names[key] ?? null) : null;
}

function reasonLines({ reasons, loadgen }: RunRecord, width: number, paint: Paint): string[] {
  const inLoadgensWords = (loadgen?.invalidReasons ?? []).map((reason) => ({ reason, remedy: null }));
  const all = reasons.length > 0 ? reasons : inLoadgensWords;
  return all.flatMap(({ reason, remedy }) => [
    ...labelled("  • ", reason, width),
    ...(remedy === null ? [] : labelled("    → ", remedy, width).map((line) => paint("cyan", line))),
  ]);
}

function subjectLines(record: RunRecord, width: number): string[] {
  const { model, dataset, endpoints, server, submission } = record;
  const software = [server.name, server.version].filter((part) => part !== null).join(" ");
  const samples = `${dataset.name}, ${formatNumber(dataset.size)} samples`;
  return [
    ...row("Model", software === "" ? model.name : `${model.name} on ${software}`, width),
    ...row("Dataset", samples, width),
    ...measured("Rules", submission, submissionText, width),
    ...endpoints.flatMap(({ url, requests, failed, takenOut }, index) => {
      const counts = `${formatNumber(requests)} requests, ${failed} failed`;
      const share = endpoints.length === 1 ? "" : ` · ${counts}${takenOut ? ", taken out" : ""}`;
      return row(index === 0 ? "Endpoint" : "", `${url}${share}`, width);
    }),
  ];
}

function rateLines(record: RunRecord, width: number, paint: Paint): string[] {
  const { metrics, requests } = record;
  const { issued, completed, failed } = requests;
  const failures = `${formatNumber(failed)} failed`;
  const counts = `${formatNumber(issued)} issued · ${formatNumber(completed)} completed · ${failures}`;
  return [
    ...queryRate(record, width),
    ...measured("Samples", metrics.samplesPerSecond, (rate) => `${formatNumber(rate)} /s`, width),
    ...measured("Tokens", metrics.tokensPerSecond, (rate) => tokenText(record, rate), width),
    ...measured("Goodput", metrics.goodput, (goodput) => goodputText(record, goodput), width),
    ...row("Requests", counts, width).map((line) =>
      failed > 0 ? line.replace(failures, paint(["bold", "red"], failures)) : line,
    ),
    ...requests.byError.map(({ code, count, example }) =>
      paint("red", `${indent}${truncateText(`${count} × ${code}: ${example}`, width - indent.length)}`),
    ),
  ];
}

function queryRate({ client, loadgen }: RunRecord, width: number): string[] {
  const asked = client?.stimulus.askedQps ?? null;
  const delivered = client?.stimulus.deliveredQps ?? null;
  if (loadgen?.scenario !== "Server" || (asked === null && delivered === null)) return [];
  return row("Queries", `${formatNumber(delivered)} /s delivered of ${formatNumber(asked)} /s asked`, width);
}

function tokenText({ metrics }: RunRecord, rate: number): string {
  const prompt = metrics.promptTokensPerSecond;
  const source = metrics.tokenCountSource === null ? "" : `, counted by ${metrics.tokenCountSource}`;
  const prompts = prompt === null ? "" : ` · ${formatNumber(prompt)} /s of prompts`;
  return `${formatNumber(rate)} /s${prompts} · ${formatNumber(metrics.outputTokens)} in all${source}`;
}

function goodputText(record: RunRecord, goodput: NonNullable<RunRecord["metrics"]["goodput"]>): string {
  const limits = limitsOf(record);
  const named =
    limits === null
      ? "the limits"
      : `TTFT ${formatTime(limits.ttftNs)} and TPOT ${formatTime(limits.tpotNs)}`;
  return `${formatNumber(goodput.samplesPerSecond)} /s · ${formatShare(goodput.share)} within ${named}`;
}

/** The limits that LoadGen judged by; only its Server scenario has any. */
export function limitsOf({ loadgen }: RunRecord): LatencyLimits | null {
  if (loadgen?.scenario !== "Server") return null;
  const ttftNs = loadgenNumber(loadgen, "requested_server_ttft_latency");
  const tpotNs = loadgenNumber(loadgen, "requested_server_tpot_latency");
  return ttftNs === null || tpotNs === null ? null : { ttftNs, tpotNs };
}

function accuracyLines({ accuracy }: RunRecord, width: number, paint: Paint): string[] {
  if (accuracy === null) return [];
  const figures = Object.entries(accuracy.metrics).map(([name, value]) => {
    const limits = [
      ...limitText("target", accuracy.target[name]),
      ...limitText("at most", accuracy.ceiling[name]),
      ...intervalText(accuracy.intervals[name]),
    ];
    return `${name} ${formatNumber(value)}${limits.length === 0 ? "" : ` (${limits.join(", ")})`}`;
  });
  const verdict = {
    true: paint(["bold", "green"], "PASSED"),
    false: paint(["bold", "red"], "BELOW TARGET"),
    null: "no target",
  }[String(accuracy.passed) as "true" | "false" | "null"];
  const samples = `${formatNumber(accuracy.samples)} samples`;
  const lines = row("Accuracy", [...figures, samples].join(" · "), width);
  const notes = accuracy.notes.flatMap((note) => labelled(indent, note, width));
  return [...lines, `${indent}${verdict}`, ...notes];
}

function limitText(word: string, limit: number | undefined): string[] {
  return limit === undefined ? [] : [`${word} ${formatNumber(limit)}`];
}

function intervalText(interval: { low: number; high: number } | undefined): string[] {
  return interval === undefined ? [] : [`95 % ${formatNumber(interval.low)}–${formatNumber(interval.high)}`];
}

function healthLines({ client, loadgen }: RunRecord, width: number, paint: Paint): string[] {
  return [
    ...(client === null ? [] : clientLines(client, width, paint)),
    ...(loadgen === null
      ? []
      : row(
          "LoadGen",
          [
            `${loadgen.version}${loadgen.validity === null ? "" : ` says ${loadgen.validity}`}`,
            plural(loadgen.errors.length, "error"),
            plural(loadgen.warnings.length, "warning"),
          ].join(" · "),
          width,
        )),
  ];
}

function clientLines(client: ClientReport, width: number, paint: Paint): string[] {
  const figures = [
    client.cpuUsPerToken === null ? null : `${formatNumber(client.cpuUsPerToken)} µs CPU a token`,
    formatBytes(client.rssBytes),
    plural(client.workers, "worker"),
    client.dispatchDelayNs === null ? null : `sent ${formatTime(client.dispatchDelayNs.p99)} late at p99`,
  ].filter((figure) => figure !== null);
  const health = client.saturated
    ? paint(["bold", "red"], "SATURATED")
    : paint("green", "not the bottleneck");
  return [...row("Client", figures.join(" · "), width), `${indent}${health}`];
}

function plural(count: number, noun: string): string {
  return `${formatNumber(count)} ${count === 1 ? noun : `${noun}s`}`;
}

function measured<Value>(
  label: string,
  value: Value | null,
  format: (value: Value) => string,
  width: number,
): string[] {
  return value === null ? [] : row(label, format(value), width);
}

function row(label: string, text: string, width: number): string[] {
  return labelled(`  ${label.padEnd(labelWidth)}`, text, width);
}
