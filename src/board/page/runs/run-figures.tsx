import type { RunRecord } from "../../../results/record.ts";
import { dollars } from "../prices/dollars.ts";
import { numberText } from "../wording.ts";
import { scenarioOfRun } from "./own-run.ts";
import { figureText, timeText, VerdictTag } from "./run-list.tsx";

type Line = readonly [name: string, text: (record: RunRecord) => string];

/** Rates that are told in relation to the first run. */
const related: Readonly<Record<string, (record: RunRecord) => number | null>> = {
  "output tokens/s": ({ metrics }) => metrics.tokensPerSecond,
  "samples/s": ({ metrics }) => metrics.samplesPerSecond,
};

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

/** Words of other runs that are not those of the first are marked. */
const compared = new Set(["model", "scenario", "server", "dataset"]);

/** Figures of the picked runs side by side, rates in relation to the first; ≠ marks what else differs. */
export function RunFigures({ records }: { records: readonly RunRecord[] }) {
  const [first] = records;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard.
    <section class="scroll" tabIndex={0} aria-label="Figures of the runs">
      <table class="run-figures">
        <caption>
          Figures; times from LoadGen's schedule
          {records.length > 1 && "; × in relation to the first run, ≠ marks what differs"}
        </caption>
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
              <th scope="row">
                {compared.has(name) && new Set(records.map(text)).size > 1 ? "≠ " : ""}
                {name}
              </th>
              {records.map((record) => (
                <td key={record.id}>
                  {text(record)}
                  <Relation value={related[name]?.(record)} base={first && related[name]?.(first)} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** How many times the figure of the first run; nothing at the first itself. */
function Relation(props: { value: number | null | undefined; base: number | null | undefined }) {
  const { value, base } = props;
  if (typeof value !== "number" || typeof base !== "number" || base === 0 || value === base) return null;
  return <span class="ratio"> ({numberText(value / base)} ×)</span>;
}
