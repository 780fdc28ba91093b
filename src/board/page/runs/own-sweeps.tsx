import { useMemo } from "preact/hooks";
import type { BoardSettings } from "../board-settings.ts";
import { ChartFigure } from "../charts/chart-figure.tsx";
import { Choice } from "../choice.tsx";
import type { UrlState } from "../url-state.ts";
import { useAnswer } from "../use-answer.ts";
import { latencies } from "./distribution-charts.ts";
import { latencyAgainstLoad, paretoChart } from "./sweep-charts.ts";
import { readSweep } from "./sweep-file.ts";

const noRows = () => {
  // Runs of a sweep are no results of the dataset: there is nothing to open.
};

/** One sweep: latency against the load, and what throughput costs in latency. */
export function OwnSweeps({ settings, state }: { settings: BoardSettings; state: UrlState }) {
  const { sweeps } = settings;
  const wanted = state.get("sweep", "");
  const chosen = sweeps.find(({ id }) => id === wanted) ?? sweeps[0];
  const latency = latencies.find((each) => each === state.get("latency", "")) ?? "TTFT";
  const { content, failure } = useAnswer(chosen?.url ?? null, () => readSweep(chosen?.url ?? ""));
  const charts = useMemo(
    () =>
      content === null
        ? []
        : [latencyAgainstLoad(content, latency), paretoChart(content, "TTFT"), paretoChart(content, "TPOT")],
    [content, latency],
  );
  if (chosen === undefined) return null;
  return (
    <>
      <h2>Sweeps</h2>
      {wanted !== "" && wanted !== chosen.id && (
        <p role="alert" class="empty">
          The sweep {wanted} of the address is not here; the newest is shown in place of it.
        </p>
      )}
      <div class="controls">
        <Choice
          label="Sweep"
          value={chosen.id}
          options={sweeps.map(({ id, runs }) => [id, `${id} (${runs.length} runs)`] as const)}
          choose={(value) => state.set({ sweep: value })}
        />
        <Choice
          label="Time of the sweep"
          value={latency}
          options={latencies.map((each) => [each, each] as const)}
          choose={(value) => state.set({ latency: value })}
        />
      </div>
      {failure !== null && (
        <p role="alert" class="alarm">
          {failure.message}
        </p>
      )}
      {charts.map((chart) => (
        <ChartFigure
          key={chart.title}
          chart={chart}
          selection={`Sweep ${chosen.id}, not verified by MLCommons.`}
          openRows={noRows}
        />
      ))}
    </>
  );
}
