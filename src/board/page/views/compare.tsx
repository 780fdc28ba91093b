import { useMemo } from "preact/hooks";
import { ChartFigure } from "../charts/chart-figure.tsx";
import { Choice } from "../choice.tsx";
import { AttributeTable, attributeColumns } from "../compare/attribute-table.tsx";
import { compareResults } from "../compare/compared-results.ts";
import { exampleSystems, systemColumns, systemsOf } from "../compare/compared-systems.ts";
import { comparisonChart } from "../compare/comparison-chart.ts";
import { ResultTable } from "../compare/result-table.tsx";
import { SystemPicker } from "../compare/system-picker.tsx";
import { measuresOf } from "../data/measures.ts";
import { FilterBar } from "../filters/filter-bar.tsx";
import { MixedNotice, mixedWords } from "../filters/mixed-notice.tsx";
import { closedDivision } from "../filters/own-filters.ts";
import { useSelection } from "../filters/use-selection.ts";
import type { View, ViewProps } from "../view.ts";
import { columnTitle } from "../wording.ts";

const usualMeasure = "tokens_per_second_per_accelerator";

function Compare({ table, state, openRows }: ViewProps) {
  const measure = measuresOf(table).find((name) => name === state.get("y", "")) ?? usualMeasure;
  const selection = useSelection(table, state, closedDivision, [
    ...systemColumns,
    ...attributeColumns,
    measure,
  ]);
  const { rows, isReady } = selection;
  const wanted = state.getAll("system");
  const systems = useMemo(() => (isReady ? systemsOf(table, rows) : new Map()), [table, rows, isReady]);
  const isExample = wanted.length === 0;
  const chosen = useMemo(
    () =>
      isExample
        ? exampleSystems(table, systems)
        : wanted.map((key) => systems.get(key)).filter((system) => system !== undefined),
    [table, systems, wanted.join("\n")],
  );
  const missing = isExample ? 0 : wanted.length - chosen.length;
  const lines = useMemo(() => compareResults(table, chosen, measure), [table, chosen, measure]);
  const chart = useMemo(() => comparisonChart(chosen, lines, measure), [chosen, lines, measure]);
  const mixed = useMemo(
    () =>
      mixedWords(
        table,
        chosen.flatMap((system) => system.rows),
        ["benchmark", "scenario"],
      ),
    [table, chosen],
  );
  const isOnlyDifferences = state.get("attributes", "differences") === "differences";
  return (
    <>
      <FilterBar table={table} state={state} selection={selection} />
      {isReady && (
        <SystemPicker systems={systems} chosen={chosen} choose={(keys) => state.set({ system: keys })} />
      )}
      {isReady && isExample && chosen.length > 0 && (
        <p class="note">An example: choose systems of your own.</p>
      )}
      {isReady && missing > 0 && (
        <p role="alert" class="empty">
          {missing} of the systems in the address are not among the filtered rows.
        </p>
      )}
      <div class="controls">
        <Choice
          label="Figure"
          value={measure}
          options={measuresOf(table).map((name) => [name, columnTitle(name)])}
          choose={(value) => state.set({ y: value })}
        />
        <Choice
          label="Attributes"
          value={isOnlyDifferences ? "differences" : "all"}
          options={[
            ["differences", "only what differs"],
            ["all", "all that are known"],
          ]}
          choose={(value) => state.set({ attributes: value })}
        />
      </div>
      <MixedNotice words={mixed} />
      {chosen.length > 0 && (
        <>
          {lines.length === 0 && (
            <p role="alert" class="empty">
              None of these systems has a figure of {columnTitle(measure)}.
            </p>
          )}
          {lines.length > 0 && (
            <ResultTable systems={chosen} lines={lines} measure={measure} openRows={openRows} />
          )}
          {lines.length > 0 && chosen.length > 1 && (
            <ChartFigure chart={chart} selection={selection.words} openRows={openRows} />
          )}
          <AttributeTable table={table} systems={chosen} isOnlyDifferences={isOnlyDifferences} />
        </>
      )}
    </>
  );
}

/** Systems side by side. */
export const compare: View = { id: "compare", title: "Compare", render: Compare };
