import { formatNumber, formatShare, formatTime, notMeasured } from "../results/quantities.ts";
import { costText } from "../results/resource-lines.ts";
import { painter } from "../results/text-layout.ts";
import { borderlessTable } from "./borderless-table.ts";
import type { Mean } from "./confidence.ts";
import { costAt } from "./point-cost.ts";
import type { SweepPoint, SweepRecord } from "./sweep-record.ts";

/** How a sweep is laid out for a reader. */
export interface SweepTableOptions {
  /** @default false */
  color?: boolean;
  /** Folder of the sweep; null where it is not to be named. @default null */
  folder?: string | null;
}

/** A sweep for people: one row a point, then what it shows; or the result of a search and how sure it is. */
export function renderSweep(record: SweepRecord, options: SweepTableOptions = {}): string {
  const paint = painter(options.color ?? false);
  const lines = [
    ...(record.summary === null ? [] : [pointTable(record), ...summaryLines(record)]),
    ...(record.plan.search === null ? [] : searchLines(record)),
    ...(record.state === "interrupted"
      ? [paint("yellow", "Interrupted: the same command with the same --output goes on.")]
      : []),
    ...(options.folder === null || options.folder === undefined ? [] : [`Files  ${options.folder}`]),
  ];
  return `${lines.join("\n")}\n`;
}

function pointTable({ summary, plan }: SweepRecord): string {
  const isOpenLoop = plan.kind === "qps";
  const columns = isOpenLoop ? openLoopColumns : closedLoopColumns;
  const head = columns.map(({ title }) => title);
  const rows = (summary?.points ?? []).map((point) => columns.map(({ cell }) => cell(point)));
  return `${borderlessTable(head, rows)}\n`;
}

interface Column {
  title: string;
  cell(point: SweepPoint): string;
}

const verdict: Column = {
  title: "VALID",
  cell: ({ runs, valid, failed }) => `${valid}/${runs}${failed > 0 ? ` (${failed} failed)` : ""}`,
};

const openLoopColumns: readonly Column[] = [
  { title: "QPS", cell: ({ load }) => formatNumber(load) },
  verdict,
  { title: "kept up", cell: ({ figures }) => text(figures.keptUpShare, formatShare) },
  { title: "samples/s", cell: ({ figures }) => withInterval(figures.samplesPerSecond) },
  { title: "tokens/s", cell: ({ figures }) => withInterval(figures.tokensPerSecond) },
  { title: "TTFT p50", cell: ({ figures }) => text(figures.ttftP50Ns, formatTime) },
  { title: "TTFT p99", cell: ({ figures }) => text(figures.ttftP99Ns, formatTime) },
  { title: "TPOT p50", cell: ({ figures }) => text(figures.tpotP50Ns, formatTime) },
  { title: "TPOT p99", cell: ({ figures }) => text(figures.tpotP99Ns, formatTime) },
  { title: "goodput/s", cell: ({ figures }) => withInterval(figures.goodputPerSecond) },
  { title: "within", cell: ({ figures }) => text(figures.goodputShare, formatShare) },
];

const closedLoopColumns: readonly Column[] = [
  { title: "concurrency", cell: ({ load }) => formatNumber(load) },
  verdict,
  { title: "samples/s", cell: ({ figures }) => withInterval(figures.samplesPerSecond) },
  { title: "tokens/s", cell: ({ figures }) => withInterval(figures.tokensPerSecond) },
  { title: "service TTFT p50", cell: ({ figures }) => text(figures.serviceTtftP50Ns, formatTime) },
  { title: "service TTFT p99", cell: ({ figures }) => text(figures.serviceTtftP99Ns, formatTime) },
  { title: "TPOT p50", cell: ({ figures }) => text(figures.tpotP50Ns, formatTime) },
  { title: "TPOT p99", cell: ({ figures }) => text(figures.tpotP99Ns, formatTime) },
];

function text(value: Mean | null, format: (value: number) => string): string {
  return value === null ? notMeasured : format(value.mean);
}

/** "95.2 ±1.3": the half width of the 95 % interval, where there are repeats. */
function withInterval(value: Mean | null): string {
  if (value === null) return notMeasured;
  const { mean, interval } = value;
  return interval === null
    ? formatNumber(mean)
    : `${formatNumber(mean)} ±${formatNumber((interval.high - interval.low) / 2)}`;
}

function costLines({ runs }: SweepRecord, load: number | null): string[] {
  const cost = load === null ? null : costAt(runs, load);
  return cost === null ? [] : [`Cost there     ${costText(cost)}`];
}

function summaryLines(record: SweepRecord): string[] {
  const { summary, plan, capacity } = record;
  if (summary === null) return [];
  const { highestValid, saturation, knee } = summary;
  const unit = plan.kind === "qps" ? "QPS" : "requests at once";
  return [
    ...(capacity === null
      ? []
      : [`Capacity       ${formatNumber(capacity)} samples/s, all requests at once`]),
    ...(plan.kind === "qps"
      ? [
          `Highest VALID  ${highestValid === null ? "none of the points" : `${formatNumber(highestValid)} QPS`}`,
          ...costLines(record, highestValid),
        ]
      : []),
    `Saturation     ${
      saturation === null
        ? "not reached"
        : `from ${formatNumber(saturation.load)} ${unit} on; at most ${formatNumber(saturation.samplesPerSecond)} samples/s`
    }`,
    `Knee           ${knee === null ? "none of the points" : `${formatNumber(knee.load)} ${unit}: ${knee.why}`}`,
  ];
}

function searchLines(record: SweepRecord): string[] {
  const { search, plan, runs, capacity } = record;
  if (search === null) return [`Search not finished: ${runs.length} runs so far.`];
  const { qps, found, confirmations, limit, resolution, trials } = search;
  const percent = `${Number((100 * resolution).toPrecision(3))} %`;
  const early = runs.filter(({ endedEarly }) => endedEarly).length;
  const queries = formatNumber(plan.search?.trialQueries ?? null);
  const result = found
    ? `${qps} QPS, VALID in ${confirmations} of ${confirmations} confirmation runs`
    : qps === null
      ? "none: no rate that was tried is VALID"
      : `${qps} QPS at least: the trials ran out before the result was as sure as asked`;
  return [
    ...(capacity === null
      ? []
      : [`Capacity       ${formatNumber(capacity)} samples/s, all requests at once`]),
    `Highest VALID  ${result}`,
    ...costLines(record, qps),
    ...(limit === null
      ? []
      : [
          `Limit          ${formatNumber(limit.median)} QPS; 90 % sure that it lies from ${formatNumber(limit.low)} to ${formatNumber(limit.high)}`,
        ]),
    `Resolution     ${percent}, by trials of ${queries} queries`,
    `Trials         ${trials.length}, of which ${early} were ended early as certainly not VALID`,
  ];
}
