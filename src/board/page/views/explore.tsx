import { useMemo } from "preact/hooks";
import { bars } from "../charts/bars.ts";
import { boxes } from "../charts/boxes.ts";
import type { Chart } from "../charts/chart.ts";
import { ChartFigure } from "../charts/chart-figure.tsx";
import type { ChartChoice } from "../charts/choice-of-chart.ts";
import { heatMap } from "../charts/heat-map.ts";
import { overRounds } from "../charts/over-rounds.ts";
import { scatter } from "../charts/scatter.ts";
import { statisticWord } from "../charts/statistic-word.ts";
import { Choice } from "../choice.tsx";
import { measuresOf, type Statistic, statistics } from "../data/measures.ts";
import type { Table } from "../data/table.ts";
import { FilterBar } from "../filters/filter-bar.tsx";
import { MixedNotice, mixedWords } from "../filters/mixed-notice.tsx";
import { comparableResults } from "../filters/own-filters.ts";
import { useSelection } from "../filters/use-selection.ts";
import type { View, ViewProps } from "../view.ts";
import { columnLabel, columnTitle } from "../wording.ts";

const kinds = [
  ["scatter", "Scatter"],
  ["bar", "Bars"],
  ["box", "Boxes"],
  ["heat", "Heat map"],
  ["rounds", "Over rounds"],
] as const;

type Kind = (typeof kinds)[number][0];

const drawn: Readonly<Record<Kind, (table: Table, rows: readonly number[], choice: ChartChoice) => Chart>> = {
  scatter,
  bar: bars,
  box: boxes,
  heat: heatMap,
  rounds: (table, rows, choice) =>
    overRounds(table, rows, {
      ...choice,
      title: `${statisticWord(choice.statistic, table, choice.measure)} ${columnTitle(choice.measure)} over rounds`,
    }),
};

/** What is offered first in the lists of columns. */
const usualColumns = [
  "accelerator",
  "accelerators_total",
  "submitter",
  "system_name",
  "round",
  "scenario",
  "benchmark",
  "benchmark_family",
  "weight_data_type",
  "framework",
  "accelerator_vendor",
  "accelerator_family",
  "division",
  "availability",
  "origin",
];

const none = "none";
const namingColumns = ["system_name", "submitter"];

function Explore({ table, state, openRows }: ViewProps) {
  const kind = kinds.find(([id]) => id === state.get("chart", ""))?.[0] ?? "bar";
  const columnOf = (name: string, fallback: string) => {
    const wanted = state.get(name, fallback);
    return wanted === none || table.has(wanted) ? wanted : fallback;
  };
  const measure = columnOf("y", "tokens_per_second_per_accelerator");
  const by = columnOf("x", "accelerator");
  const colourName = columnOf("colour", kind === "rounds" || kind === "heat" ? "benchmark_family" : none);
  const colour = colourName === none ? null : colourName;
  const facetName = columnOf("facet", none);
  const facet = facetName === none ? null : facetName;
  const statistic: Statistic = statistics.find((each) => each === state.get("statistic", "")) ?? "best";
  const isLog = state.get("scale", kind === "rounds" ? "log" : "linear") === "log";
  const usedColumns = [measure, by, colour, facet].filter((name) => name !== null);
  const selection = useSelection(table, state, comparableResults, [...usedColumns, ...namingColumns]);
  const { rows, isReady, words } = selection;
  const needsNumbers = kind !== "scatter";
  const isPossible = !needsNumbers || measuresOf(table).includes(measure);
  const toldApart = [colour, facet, kind === "rounds" ? "round" : by].filter((name) => name !== null);
  const mixed = useMemo(
    () => (rows.length === 0 ? [] : mixedWords(table, rows, toldApart)),
    [table, rows, toldApart.join()],
  );
  const chart = useMemo(() => {
    if (!isReady || rows.length === 0 || !isPossible) return null;
    return drawn[kind](table, rows, { by, measure, colour, facet, statistic, isLog });
  }, [table, rows, isReady, isPossible, kind, by, measure, colour, facet, statistic, isLog]);
  const columnOptions = useMemo(() => {
    const usual = usualColumns.filter((name) => table.has(name));
    const others = table.columnNames.filter((name) => !usual.includes(name));
    return [...usual, ...others].map((name) => [name, columnTitle(name)] as const);
  }, [table]);
  const measureOptions = useMemo(
    () =>
      kind === "scatter"
        ? [...new Set([...measuresOf(table), ...table.columnNames])].map(
            (name) => [name, columnTitle(name)] as const,
          )
        : measuresOf(table).map((name) => [name, columnTitle(name)] as const),
    [table, kind],
  );
  const optional = [[none, "–"] as const, ...columnOptions];
  const colourLabel = kind === "heat" ? "Across" : "Colour and shape";
  return (
    <>
      <FilterBar table={table} state={state} selection={selection} />
      <div class="controls">
        <Choice label="Chart" value={kind} options={kinds} choose={(value) => state.set({ chart: value })} />
        <Choice
          label="Figure (y)"
          value={measure}
          options={measureOptions}
          choose={(value) => state.set({ y: value })}
        />
        {kind !== "rounds" && (
          <Choice
            label="By (x)"
            value={by}
            options={columnOptions}
            choose={(value) => state.set({ x: value })}
          />
        )}
        <Choice
          label={colourLabel}
          value={colourName}
          options={optional}
          choose={(value) => state.set({ colour: value })}
        />
        <Choice
          label="Facet"
          value={facetName}
          options={optional}
          choose={(value) => state.set({ facet: value })}
        />
        {kind !== "scatter" && kind !== "box" && (
          <Choice
            label="Of several results"
            value={statistic}
            options={statistics.map((each) => [each, isReady ? statisticWord(each, table, measure) : each])}
            choose={(value) => state.set({ statistic: value })}
          />
        )}
        {kind !== "bar" && (
          <Choice
            label="Scale"
            value={isLog ? "log" : "linear"}
            options={[
              ["linear", "linear"],
              ["log", "logarithmic"],
            ]}
            choose={(value) => state.set({ scale: value })}
          />
        )}
        <TotalSwitch measure={measure} choose={(value) => state.set({ y: value })} />
      </div>
      <MixedNotice words={mixed} />
      {!isPossible && (
        <p role="alert" class="empty">
          {columnLabel(measure)} holds no numbers. Choose another figure, or a scatter chart.
        </p>
      )}
      {chart !== null && (
        <ChartFigure
          chart={chart}
          selection={
            mixed.length === 0 ? words : `${words} Not comparable as it stands: mixes ${mixed.join("; ")}.`
          }
          openRows={openRows}
        />
      )}
    </>
  );
}

/** Changes between the whole system and one accelerator in one press. */
function TotalSwitch({ measure, choose }: { measure: string; choose: (measure: string) => void }) {
  const total = "tokens_per_second";
  const each = "tokens_per_second_per_accelerator";
  if (measure !== total && measure !== each) return null;
  const other = measure === total ? each : total;
  return (
    <button type="button" onClick={() => choose(other)}>
      {other === total ? "Show whole system" : "Show per accelerator"}
    </button>
  );
}

/** Any columns against each other. */
export const explore: View = { id: "explore", title: "Explore", needsData: true, render: Explore };
