import { useMemo } from "preact/hooks";
import { ChartFigure } from "../charts/chart-figure.tsx";
import { Choice } from "../choice.tsx";
import type { UrlState } from "../url-state.ts";
import { useAnswer } from "../use-answer.ts";
import { cumulativeChart, histogramChart, latencies, type TimedRun } from "./distribution-charts.ts";
import { limitsOfRun, type OwnRun, runLabel } from "./own-run.ts";
import { readRequests } from "./read-requests.ts";
import { concurrencyOverTime, tokensOverTime } from "./time-charts.ts";

const shapes = [
  ["cumulative", "Cumulative"],
  ["histogram", "Histogram"],
] as const;

const noRows = () => {
  // Requests are no results: there is nothing to open.
};

/** Distributions and time lines of the picked runs, from their requests. */
export function OwnDistributions({ runs, state }: { runs: readonly OwnRun[]; state: UrlState }) {
  const known = runs.filter(({ address, record }) => address.requests !== null && record !== null);
  const without = runs.filter(({ address }) => address.requests === null);
  const question = known.map(({ address }) => address.requests ?? "").join("\n");
  const { content, failure } = useAnswer(question === "" ? null : question, () =>
    Promise.all(
      known.flatMap(({ address, record }) =>
        record === null
          ? []
          : [
              readRequests(address.requests ?? "").then(
                (timeline): TimedRun => ({ label: runLabel(record), timeline, limits: limitsOfRun(record) }),
              ),
            ],
      ),
    ),
  );
  const latency = latencies.find((each) => each === state.get("latency", "")) ?? "TTFT";
  const shape = state.get("shape", "cumulative");
  const distribution = useMemo(
    () =>
      content === null
        ? null
        : shape === "histogram"
          ? histogramChart(content, latency)
          : cumulativeChart(content, latency),
    [content, shape, latency],
  );
  const lines = useMemo(
    () => (content === null ? [] : [tokensOverTime(content), concurrencyOverTime(content)]),
    [content],
  );
  const words = "Runs of one's own, not verified by MLCommons.";
  return (
    <>
      <h2>Distributions</h2>
      {without.length > 0 && (
        <p class="note">
          Without requests.parquet, so not drawn: {without.map(({ address }) => address.id).join(", ")}.
        </p>
      )}
      {failure !== null && (
        <p role="alert" class="alarm">
          {failure.message}
        </p>
      )}
      {distribution !== null && known.length > 0 && (
        <>
          <div class="controls">
            <Choice
              label="Time"
              value={latency}
              options={latencies.map((each) => [each, each] as const)}
              choose={(value) => state.set({ latency: value })}
            />
            <Choice
              label="As"
              value={shape}
              options={shapes}
              choose={(value) => state.set({ shape: value })}
            />
          </div>
          <ChartFigure chart={distribution} selection={words} openRows={noRows} />
          <h2>Over time</h2>
          {lines.map((chart) => (
            <ChartFigure key={chart.title} chart={chart} selection={words} openRows={noRows} />
          ))}
        </>
      )}
    </>
  );
}
