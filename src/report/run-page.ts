import { stringify } from "yaml";
import { formatBytes, formatNumber, formatShare, formatTime } from "../results/quantities.ts";
import type { RunRecord } from "../results/record.ts";
import { submissionText } from "../results/submission-text.ts";
import { limitsOf } from "../results/table.ts";
import type { Timeline } from "../sut/timeline.ts";
import {
  commandSection,
  configurationFacts,
  factsTable,
  footer,
  latencyTable,
  tile,
  verdictBadge,
} from "./blocks.ts";
import type { Chart } from "./chart.ts";
import { type Html, html } from "./html.ts";
import { latencyCharts } from "./latency-charts.ts";
import { ChartPlaces, pageFile } from "./page-file.ts";
import { runCommand } from "./run-command.ts";
import { timeCharts } from "./time-charts.ts";

/** What a run's page shows. */
export interface RunPageSource {
  record: RunRecord;
  /** Every request; null where the run left none. */
  timeline: Timeline | null;
  /** What servers and meters told during the test, as charts over its time. */
  resourceCharts: readonly Chart[];
}

/** The page of one run: one HTML file that needs nothing else. */
export function runPage({ record, timeline, resourceCharts }: RunPageSource): string {
  const places = new ChartPlaces();
  const limits = limitsOf(record);
  // An accuracy test is no measurement of speed.
  const timed = record.loadgen?.mode === "accuracy" ? null : timeline;
  const isServer = record.loadgen?.scenario === "Server";
  const body = html`${heading(record)}
${alarms(record)}
${reasons(record)}
<dl class="tiles">${tiles(record)}</dl>
<h2>Latency</h2>
<div class="scroll">${latencyTable(record.metrics, limits)}</div>
${timed === null ? null : places.section("Distributions", latencyCharts(timed, limits))}
${timed === null ? null : places.section("Over time", timeCharts(timed, limits, isServer))}
${places.section("Server and power over the same time", resourceCharts)}
${resourceSection(record)}
${failureSection(record)}
<h2>Client and stimulus</h2>
${clientTable(record)}
${commandSection(record.id, runCommand(record.config))}
<h2>Configuration</h2>
${factsTable(configurationFacts(record.config))}
<h2>System and sources</h2>
${factsTable(systemFacts(record))}
${loadgenDetails(record)}
${footer(record)}`;
  return pageFile({ title: titleOf(record), body, charts: places.charts });
}

function titleOf({ model, state }: RunRecord): string {
  return `${state.toUpperCase()} · ${model.name} · FlexBench`;
}

function heading(record: RunRecord): Html {
  const { model, server, loadgen, dataset, startedAt, endedAt, label, simulated, submission } = record;
  const software = [server.name, server.version].filter((part) => part !== null).join(" ");
  const seconds = (Date.parse(endedAt) - Date.parse(startedAt)) / 1000;
  return html`<header>
<p>${verdictBadge(record.state)} <span class="soft">${simulated ? "simulated server · " : ""}${label}</span></p>
<h1>${model.name}${software === "" ? "" : ` on ${software}`}</h1>
<p class="soft">${loadgen?.scenario ?? String(record.config.scenario ?? "")} scenario · ${dataset.name}, ${formatNumber(dataset.size)} samples · ${startedAt.slice(0, 19).replace("T", " ")} UTC · ${formatNumber(seconds)} s</p>
${submission === null ? null : html`<p class="soft">${submissionText(submission)}</p>`}
</header>`;
}

function alarms({ client, accuracy }: RunRecord): Html[] {
  return [
    ...(accuracy?.passed === false ? ["Accuracy is below its target."] : []),
    ...(client?.saturated === true
      ? [`The client was saturated, these figures are not the server's alone. ${client.why ?? ""}`]
      : []),
  ].map((text) => html`<p class="alarm">${text}</p>`);
}

function reasons({ reasons: given, loadgen, state }: RunRecord): Html {
  const inLoadgensWords = (loadgen?.invalidReasons ?? []).map((reason) => ({ reason, remedy: null }));
  const all = given.length > 0 ? given : inLoadgensWords;
  if (all.length === 0) {
    return state === "valid" && loadgen?.validity === "VALID"
      ? html`<p>LoadGen's verdict is VALID: every rule of the scenario was kept.</p>`
      : html``;
  }
  return html`<ul class="reasons">${all.map(
    ({ reason, remedy }) =>
      html`<li>${reason}${remedy === null ? null : html`<div class="remedy">→ ${remedy}</div>`}</li>`,
  )}</ul>`;
}

function tiles(record: RunRecord): Html[] {
  const { metrics, requests, client, energy, cost, accuracy } = record;
  const limits = limitsOf(record);
  const limitText = (ns: number | undefined) => (ns === undefined ? "" : `limit ${formatTime(ns)}`);
  const asked = client?.stimulus.askedQps ?? null;
  const delivered = client?.stimulus.deliveredQps ?? null;
  return [
    tile("Tokens/s", formatNumber(metrics.tokensPerSecond), `${formatNumber(metrics.outputTokens)} in all`),
    tile("Samples/s", formatNumber(metrics.samplesPerSecond), ""),
    ...(asked === null
      ? []
      : [tile("Queries/s", formatNumber(delivered), `delivered of ${formatNumber(asked)} asked`)]),
    ...(metrics.ttftNs === null
      ? []
      : [tile("TTFT p99", formatTime(metrics.ttftNs.p99), limitText(limits?.ttftNs))]),
    ...(metrics.tpotNs === null
      ? []
      : [tile("TPOT p99", formatTime(metrics.tpotNs.p99), limitText(limits?.tpotNs))]),
    ...(metrics.goodput === null
      ? []
      : [
          tile(
            "Goodput",
            `${formatNumber(metrics.goodput.samplesPerSecond)} /s`,
            `${formatShare(metrics.goodput.share)} within the limits`,
          ),
        ]),
    tile("Requests", formatNumber(requests.completed), `${formatNumber(requests.failed)} failed`),
    ...(energy === null
      ? []
      : [
          tile(
            "Power",
            `${formatNumber(energy.meanWatts)} W`,
            `${formatNumber(energy.joules)} J · ${formatNumber(energy.tokensPerJoule)} tokens/J`,
          ),
        ]),
    ...(cost === null
      ? []
      : [
          tile(
            "A million tokens",
            `${formatNumber(cost.perMillionOutputTokens)} ${cost.currency}`,
            `output, at ${formatNumber(cost.pricePerHour)} ${cost.currency} an hour`,
          ),
        ]),
    ...(accuracy === null
      ? []
      : Object.entries(accuracy.metrics).map(([name, value]) =>
          tile(name, formatNumber(value), `of ${formatNumber(accuracy.samples)} samples`),
        )),
  ];
}

function resourceSection(record: RunRecord): Html {
  const { serverMetrics, energy, energyWhy, serverMetricsWhy, cost, costWhy } = record;
  const share = (value: number | null) => (value === null ? null : formatShare(value));
  const facts: [string, string | null][] = [
    ...(serverMetrics === null
      ? [["Server metrics", serverMetricsWhy] as [string, string | null]]
      : ([
          ["Requests running on the server", gaugeText(serverMetrics.running)],
          ["Requests waiting there", gaugeText(serverMetrics.waiting)],
          ["KV cache in use", gaugeText(serverMetrics.kvCacheUse, formatShare)],
          ["Preemptions", formatNumber(serverMetrics.preemptions)],
          ["Prefix cache hits", share(serverMetrics.prefixHitShare)],
        ] as [string, string | null][])),
    ...(energy === null
      ? [["Energy", energyWhy] as [string, string | null]]
      : energy.sources.map(({ name, joules, meanWatts, counted, why }): [string, string] => [
          name,
          joules === null
            ? (why ?? "")
            : `${formatNumber(joules)} J, ${formatNumber(meanWatts)} W on average${counted ? "" : " (within another meter's total)"}`,
        ])),
    ["Cost", cost === null ? costWhy : costText(cost)],
  ];
  return html`<h2>Server, energy and cost</h2>
${factsTable(facts.map(([name, text]) => [name, text ?? "not measured"]))}`;
}

function costText(cost: NonNullable<RunRecord["cost"]>): string {
  const { currency, perMillionOutputTokens, perMillionTokens, perThousandRequests, source } = cost;
  const amounts = [
    `${formatNumber(perMillionOutputTokens)} ${currency} a million output tokens`,
    ...(perMillionTokens === null ? [] : [`${formatNumber(perMillionTokens)} ${currency} a million tokens`]),
    `${formatNumber(perThousandRequests)} ${currency} a thousand requests`,
  ];
  return `${amounts.join(", ")} (${source})`;
}

function gaugeText(
  gauge: { mean: number; max: number } | null,
  format: (value: number) => string = formatNumber,
): string | null {
  return gauge === null ? null : `${format(gauge.mean)} on average, ${format(gauge.max)} at most`;
}

function failureSection({ requests, endpoints }: RunRecord): Html {
  return html`${
    requests.byError.length === 0
      ? null
      : html`<h2>Failures</h2>
${factsTable(requests.byError.map(({ code, count, example }) => [`${formatNumber(count)} × ${code}`, example]))}`
  }${
    endpoints.length < 2
      ? null
      : html`<h2>Endpoints</h2>
${factsTable(
  endpoints.map(({ url, requests: count, failed, outputTokens, takenOut }) => [
    url,
    `${formatNumber(count)} requests, ${formatNumber(failed)} failed, ${formatNumber(outputTokens)} tokens${takenOut ? ", taken out" : ""}`,
  ]),
)}`
  }`;
}

function clientTable({ client }: RunRecord): Html {
  if (client === null) return html`<p class="soft">Not measured.</p>`;
  const { stimulus, dispatchDelayNs, eventLoopDelayNs } = client;
  return factsTable([
    ["Bottleneck", client.saturated ? `yes: ${client.why ?? ""}` : "no"],
    [
      "CPU a token",
      client.cpuUsPerToken === null ? "not measured" : `${formatNumber(client.cpuUsPerToken)} µs`,
    ],
    ["Memory", `${formatBytes(client.rssBytes)}, ${formatNumber(client.workers)} workers`],
    ...(dispatchDelayNs === null
      ? []
      : [
          [
            "Sent after schedule",
            `${formatTime(dispatchDelayNs.p50)} p50, ${formatTime(dispatchDelayNs.p99)} p99`,
          ] as const,
        ]),
    ["Event loop delay", `${formatTime(eventLoopDelayNs.p50)} p50, ${formatTime(eventLoopDelayNs.p99)} p99`],
    ...(stimulus.cv === null
      ? []
      : [
          [
            "Arrivals",
            `coefficient of variation ${formatNumber(stimulus.cv)} (Poisson: 1), lag-1 autocorrelation ${formatNumber(stimulus.lag1)} (0), dispersion ${formatNumber(stimulus.dispersion)} (1)`,
          ] as const,
        ]),
  ]);
}

function systemFacts(record: RunRecord): (readonly [string, string])[] {
  const { system, flexbench, loadgen, dataset, model, endpoints, server } = record;
  return [
    [
      "Client machine",
      `${system.cpu}, ${system.cores} cores, ${formatBytes(system.memoryBytes)}, ${system.os}`,
    ],
    ["Node", system.node],
    ["FlexBench", [flexbench.version, flexbench.commit].filter((part) => part !== null).join(" ")],
    ["LoadGen", loadgen === null ? "no log" : `${loadgen.version}, sources ${loadgen.sourceSha256}`],
    ["Dataset", [dataset.source, dataset.sha256].filter((part) => part !== null).join(", ")],
    ["Model", `${model.name}, module ${model.module}`],
    ["Endpoints", endpoints.map(({ url }) => url).join("\n")],
    ["Server", [server.name, server.version].filter((part) => part !== null).join(" ") || "unknown"],
    ...(server.configuration === null
      ? []
      : [["Server configuration", stringify(server.configuration).trim()] as const]),
    ["Tokens counted by", record.metrics.tokenCountSource ?? "not counted"],
  ];
}

function loadgenDetails({ loadgen }: RunRecord): Html | null {
  if (loadgen === null) return null;
  const messages = [...loadgen.errors, ...loadgen.warnings];
  return html`<details><summary>LoadGen's own summary</summary>
${factsTable(Object.entries(loadgen.summary).map(([key, value]) => [key, String(value)]))}
${messages.length === 0 ? null : html`<pre>${messages.join("\n")}</pre>`}
</details>`;
}
