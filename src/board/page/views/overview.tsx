import { useMemo } from "preact/hooks";
import { ChartFigure } from "../charts/chart-figure.tsx";
import { overRounds } from "../charts/over-rounds.ts";
import { Choice } from "../choice.tsx";
import { groupRows } from "../data/group-rows.ts";
import { FilterBar } from "../filters/filter-bar.tsx";
import { closedDivision } from "../filters/own-filters.ts";
import { useSelection } from "../filters/use-selection.ts";
import type { View, ViewProps } from "../view.ts";
import { BestResults } from "./best-results.tsx";
import { contentsChart } from "./contents-chart.ts";
import { Tiles } from "./tiles.tsx";

const measures = ["tokens_per_second_per_accelerator", "tokens_per_second"] as const;

const needed = [...measures, "system_name", "submitter", "accelerator", "accelerators_total", "platform"];

function Overview({ table, state, openRows }: ViewProps) {
  const selection = useSelection(table, state, closedDivision, needed);
  const { rows, isReady, words } = selection;
  const measure = measures.find((name) => name === state.get("measure", "")) ?? measures[0];
  const scenarios = useMemo(
    () =>
      isReady ? [...groupRows(table, "scenario", rows)].sort(([, a], [, b]) => b.length - a.length) : [],
    [table, rows, isReady],
  );
  const scenario = state.get("scenario", String(scenarios[0]?.[0] ?? ""));
  const charts = useMemo(() => {
    if (rows.length === 0) return null;
    const ofScenario = scenarios.find(([name]) => name === scenario)?.[1] ?? [];
    const isTotal = measure === "tokens_per_second";
    return {
      rounds: overRounds(table, ofScenario, {
        measure,
        colour: "benchmark_family",
        facet: null,
        statistic: "best",
        isLog: true,
        title: `Highest ${isTotal ? "tokens/s of a whole system" : "tokens/s per accelerator"} over rounds, ${scenario}`,
      }),
      contents: contentsChart(table, rows),
    };
  }, [table, rows, scenarios, scenario, measure]);
  return (
    <>
      <FilterBar table={table} state={state} selection={selection} />
      {charts !== null && (
        <>
          <Tiles table={table} rows={rows} />
          <div class="controls">
            <Choice
              label="Measure"
              value={measure}
              options={[
                ["tokens_per_second_per_accelerator", "tokens/s per accelerator"],
                ["tokens_per_second", "tokens/s, whole system"],
              ]}
              choose={(value) => state.set({ measure: value })}
            />
          </div>
          <BestResults table={table} rows={rows} measure={measure} openRows={openRows} />
          <h2>Over rounds</h2>
          <div class="controls">
            <Choice
              label="Scenario"
              value={scenario}
              options={scenarios.map(([name]) => [String(name), String(name)])}
              choose={(value) => state.set({ scenario: value })}
            />
          </div>
          <ChartFigure chart={charts.rounds} selection={words} openRows={openRows} />
          <h2>What is in it</h2>
          <ChartFigure chart={charts.contents} selection={words} openRows={openRows} />
        </>
      )}
    </>
  );
}

/** What the dataset holds, and the best of it. */
export const overview: View = { id: "overview", title: "Overview", needsData: true, render: Overview };
