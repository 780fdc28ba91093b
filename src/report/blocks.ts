import { stringify } from "yaml";
import type { LatencyLimits } from "../model/define-model.ts";
import { formatTime, notMeasured } from "../results/quantities.ts";
import type { Distribution, Metrics, RunRecord, RunState } from "../results/record.ts";
import { type Html, html } from "./html.ts";
import { hasMaskedSecret } from "./run-command.ts";

/** The verdict in its color. */
export function verdictBadge(state: RunState): Html {
  return html`<span class="verdict ${state}">${state.toUpperCase()}</span>`;
}

/** One figure with its name and a smaller line below. */
export function tile(name: string, figure: string, below: string): Html {
  return html`<div class="tile"><dt>${name}</dt><dd>${figure}${below === "" ? null : html`<small>${below}</small>`}</dd></div>`;
}

/** Names and what is known of them. */
export function factsTable(facts: readonly (readonly [string, string])[]): Html {
  return html`<div class="scroll"><table class="facts"><tbody>${facts.map(
    ([name, text]) => html`<tr><th scope="row">${name}</th><td>${text}</td></tr>`,
  )}</tbody></table></div>`;
}

/** Every option of a run with its value. */
export function configurationFacts(config: Readonly<Record<string, unknown>>): (readonly [string, string])[] {
  return Object.entries(config).map(([key, value]) => {
    const isNothing = value === null || (typeof value === "object" && Object.keys(value).length === 0);
    if (isNothing) return [key, notMeasured];
    return [key, typeof value === "object" ? stringify(value).trim() : String(value)];
  });
}

const percentileColumns = ["min", "p50", "p90", "p95", "p99", "p999", "mean", "max"] as const;
const percentileTitles = {
  min: "min",
  p50: "p50",
  p90: "p90",
  p95: "p95",
  p99: "p99",
  p999: "p99.9",
  mean: "mean",
  max: "max",
} as const;

/** Percentiles of every latency that was measured, with the limits that hold for them. */
export function latencyTable(metrics: Metrics, limits: LatencyLimits | null): Html {
  const rows: { name: string; distribution: Distribution | null; limitNs: number | null }[] = [
    { name: "TTFT", distribution: metrics.ttftNs, limitNs: limits?.ttftNs ?? null },
    { name: "TTFT from sending", distribution: metrics.serviceTtftNs, limitNs: null },
    { name: "TPOT", distribution: metrics.tpotNs, limitNs: limits?.tpotNs ?? null },
    { name: "between tokens", distribution: metrics.itlNs, limitNs: null },
    { name: "latency", distribution: metrics.latencyNs, limitNs: null },
  ];
  const measured = rows.filter(({ distribution }) => distribution !== null);
  if (measured.length === 0) return html`<p class="soft">No latency was measured.</p>`;
  return html`<table class="figures"><thead><tr><th></th>${percentileColumns.map(
    (column) => html`<th scope="col">${percentileTitles[column]}</th>`,
  )}<th scope="col">limit</th></tr></thead><tbody>${measured.map(
    ({ name, distribution, limitNs }) =>
      html`<tr><th scope="row">${name}</th>${percentileColumns.map(
        (column) => html`<td>${distribution === null ? "" : formatTime(distribution[column])}</td>`,
      )}<td>${limitNs === null ? "" : formatTime(limitNs)}</td></tr>`,
  )}</tbody></table>`;
}

/** Commands that make the run again, to be copied. */
export function commandSection(id: string, command: string): Html {
  const blocks = [
    { id: "again", text: command },
    { id: "from-file", text: "flexbench run --config config.yaml" },
  ];
  return html`<h2>Run it again</h2>
${blocks.map(
  (block) =>
    html`<div class="command"><pre id="${block.id}">${block.text}</pre><button type="button" data-copy="${block.id}">Copy</button></div>`,
)}
<p class="note">The second command takes the config.yaml of run ${id}.${
    hasMaskedSecret(command) ? " Put your secrets where *** stands." : ""
  }</p>`;
}

/** Where the page is from. */
export function footer({ id, flexbench, label }: Pick<RunRecord, "id" | "flexbench" | "label">): Html {
  return html`<footer><p>Run ${id}, FlexBench ${flexbench.version}. MLPerf is a trademark of MLCommons; this result is ${label}.</p>
<p>Charts are drawn by uPlot (MIT).</p></footer>`;
}
