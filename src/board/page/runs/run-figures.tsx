import type { RunRecord } from "../../../results/record.ts";
import { dollars } from "../prices/dollars.ts";
import { numberText } from "../wording.ts";
import { scenarioOfRun } from "./own-run.ts";
import { figureText, timeText, VerdictTag } from "./run-list.tsx";

type Line = readonly [name: string, text: (record: RunRecord) => string];

const lines: readonly Line[] = [
  ["model", ({ model }) => model.name],
  ["scenario", scenarioOfRun],
  ["server", ({ server }) => [server.name, server.version].filter((word) => word !== null).join(" ") || "–"],
  ["dataset", ({ dataset }) => dataset.name],
  ["output tokens/s", ({ metrics }) => figureText(metrics.tokensPerSecond)],
  ["samples/s", ({ metrics }) => figureText(metrics.samplesPerSecond)],
  ["TTFT p50 · p99", ({ metrics }) => `${timeText(metrics.ttftNs?.p50)} · ${timeText(metrics.ttftNs?.p99)}`],
  ["TPOT p50 · p99", ({ metrics }) => `${timeText(metrics.tpotNs?.p50)} · ${timeText(metrics.tpotNs?.p99)}`],
  [
    "latency p50 · p99",
    ({ metrics }) => `${timeText(metrics.latencyNs?.p50)} · ${timeText(metrics.latencyNs?.p99)}`,
  ],
  [
    "requests good · failed",
    ({ requests }) => `${numberText(requests.completed)} · ${numberText(requests.failed)}`,
  ],
  [
    "client",
    ({ client }) =>
      client === null
        ? "–"
        : client.saturated
          ? `was the bottleneck: ${client.why ?? ""}`
          : "was not the bottleneck",
  ],
  [
    "$ per million output tokens",
    ({ cost }) =>
      typeof cost?.perMillionOutputTokens === "number" ? dollars(cost.perMillionOutputTokens) : "–",
  ],
];

/** Figures of the picked runs side by side. */
export function RunFigures({ records }: { records: readonly RunRecord[] }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard.
    <section class="scroll" tabIndex={0} aria-label="Figures of the runs">
      <table class="run-figures">
        <caption>Figures; times from LoadGen's schedule</caption>
        <thead>
          <tr>
            <th scope="col">figure</th>
            {records.map(({ id }) => (
              <th key={id} scope="col">
                {id}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          <tr>
            <th scope="row">verdict</th>
            {records.map(({ id, state, simulated, reasons }) => (
              <td key={id}>
                <VerdictTag state={state} simulated={simulated} />
                {reasons.map(({ reason }) => (
                  <small key={reason}>{reason}</small>
                ))}
              </td>
            ))}
          </tr>
          {lines.map(([name, text]) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              {records.map((record) => (
                <td key={record.id}>{text(record)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
