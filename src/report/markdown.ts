import { markdownTable } from "../results/markdown-table.ts";
import { formatNumber, formatShare, formatTime, notMeasured } from "../results/quantities.ts";
import type { Distribution, RunRecord } from "../results/record.ts";
import type { ComparedRun } from "./comparison-page.ts";
import { runCommand } from "./run-command.ts";

/** The figures for a page of notes: each run with its verdict, its latencies and the command that makes it again. */
export function figuresAsMarkdown(runs: readonly ComparedRun[]): string {
  const [only] = runs;
  if (only !== undefined && runs.length === 1) return runText(only.record.model.name, only.record);
  const rows = runs.map(({ name, record }) => [
    name,
    record.state.toUpperCase(),
    formatNumber(record.metrics.samplesPerSecond),
    formatNumber(record.metrics.tokensPerSecond),
    time(record.metrics.ttftNs, "p50"),
    time(record.metrics.ttftNs, "p99"),
    time(record.metrics.tpotNs, "p50"),
    time(record.metrics.tpotNs, "p99"),
    formatNumber(record.requests.failed),
  ]);
  const titles = [
    "run",
    "verdict",
    "samples/s",
    "tokens/s",
    "TTFT p50",
    "TTFT p99",
    "TPOT p50",
    "TPOT p99",
    "failed",
  ];
  return `# ${runs.length} runs side by side\n\n${markdownTable(titles, rows)}\n${runs
    .map(({ name, record }) => `\n#${runText(name, record)}`)
    .join("")}`;
}

function runText(title: string, record: RunRecord): string {
  const { metrics, requests, loadgen, dataset, server, label } = record;
  const software = [server.name, server.version].filter((part) => part !== null).join(" ");
  const facts = [
    [
      "Verdict",
      `**${record.state.toUpperCase()}** (${label}${record.simulated ? ", simulated server" : ""})`,
    ],
    ["Scenario", loadgen?.scenario ?? notMeasured],
    ["Model", software === "" ? record.model.name : `${record.model.name} on ${software}`],
    ["Dataset", `${dataset.name}, ${formatNumber(dataset.size)} samples`],
    ["Samples/s", formatNumber(metrics.samplesPerSecond)],
    ["Tokens/s", formatNumber(metrics.tokensPerSecond)],
    ["Goodput", metrics.goodput === null ? notMeasured : formatShare(metrics.goodput.share)],
    [
      "Requests",
      `${formatNumber(requests.issued)} issued, ${formatNumber(requests.completed)} completed, ${formatNumber(requests.failed)} failed`,
    ],
    ...(record.energy === null
      ? []
      : [
          [
            "Energy",
            `${formatNumber(record.energy.joules)} J, ${formatNumber(record.energy.tokensPerJoule)} tokens/J`,
          ],
        ]),
    ...(record.cost === null
      ? []
      : [
          [
            "A million output tokens",
            `${formatNumber(record.cost.perMillionOutputTokens)} ${record.cost.currency}`,
          ],
        ]),
  ];
  const reasons = record.reasons.map(
    ({ reason, remedy }) => `- ${reason}${remedy === null ? "" : ` ${remedy}`}\n`,
  );
  const latencies = [
    ["TTFT", metrics.ttftNs],
    ["TTFT from sending", metrics.serviceTtftNs],
    ["TPOT", metrics.tpotNs],
    ["between tokens", metrics.itlNs],
    ["latency", metrics.latencyNs],
  ] as const;
  const columns = ["p50", "p90", "p99", "p999", "mean", "max"] as const;
  const rows = latencies
    .filter(([, distribution]) => distribution !== null)
    .map(([name, distribution]) => [name, ...columns.map((column) => time(distribution, column))]);
  const parts = [
    `# ${title}\n`,
    markdownTable(["", ""], facts),
    ...(reasons.length === 0 ? [] : [reasons.join("")]),
    ...(rows.length === 0 ? [] : [markdownTable(["", "p50", "p90", "p99", "p99.9", "mean", "max"], rows)]),
    `\`\`\`sh\n${runCommand(record.config)}\n\`\`\`\n`,
  ];
  return parts.join("\n");
}

function time(distribution: Distribution | null, column: keyof Distribution): string {
  return distribution === null ? notMeasured : formatTime(distribution[column]);
}
