import { useMemo } from "preact/hooks";
import { ChartFigure } from "../charts/chart-figure.tsx";
import { Choice } from "../choice.tsx";
import { attributeColumns, attributeLines } from "../compare/attribute-lines.ts";
import { compareResults } from "../compare/compared-results.ts";
import {
  type ComparedSystem,
  exampleSystems,
  hasFigure,
  systemColumns,
  systemsOf,
} from "../compare/compared-systems.ts";
import { comparisonChart } from "../compare/comparison-chart.ts";
import { configurationLines } from "../compare/configuration-lines.ts";
import { DifferenceTable } from "../compare/difference-table.tsx";
import { ResultTable } from "../compare/result-table.tsx";
import { SystemPicker } from "../compare/system-picker.tsx";
import { measuresOf } from "../data/measures.ts";
import { FilterBar } from "../filters/filter-bar.tsx";
import { MixedNotice, mixedWords } from "../filters/mixed-notice.tsx";
import { closedDivision } from "../filters/own-filters.ts";
import { isOwnRun, isUnproven, ownRows } from "../filters/own-runs.ts";
import { useSelection } from "../filters/use-selection.ts";
import type { View, ViewProps } from "../view.ts";
import { columnTitle } from "../wording.ts";

const ofEach = "tokens_per_second_per_accelerator";
const ofWhole = "tokens_per_second";
const noSystems: ReadonlyMap<string, ComparedSystem> = new Map();

function Compare({ table, state, openRows, ownRuns }: ViewProps) {
  const wantedMeasure = measuresOf(table).find((name) => name === state.get("y", ""));
  const selection = useSelection(
    table,
    state,
    closedDivision,
    [
      ...systemColumns,
      ...attributeColumns,
      ofEach,
      ofWhole,
      ...(wantedMeasure === undefined ? [] : [wantedMeasure]),
    ],
    "filtered",
  );
  const { rows, isReady } = selection;
  const wanted = state.getAll("system");
  const published = useMemo(() => (isReady ? systemsOf(table, rows) : noSystems), [table, rows, isReady]);
  // A run of one's own has little that could be filtered: it can always be added.
  const systems = useMemo(
    () => (isReady ? new Map([...published, ...systemsOf(table, ownRows(table))]) : noSystems),
    [table, published, isReady],
  );
  const isExample = wanted.length === 0;
  const chosen = useMemo(
    () =>
      isExample
        ? exampleSystems(table, published)
        : wanted.map((key) => systems.get(key)).filter((system) => system !== undefined),
    [table, published, systems, wanted.join("\n")],
  );
  const areRunsIn = (ownRuns ?? [null]).every(
    (run) => run !== null && (run.record === null || systems.has(run.record.id)),
  );
  const missing = isExample || !areRunsIn ? 0 : wanted.length - chosen.length;
  const measure =
    wantedMeasure ?? (chosen.every((system) => hasFigure(table, system, ofEach)) ? ofEach : ofWhole);
  const configuration = useMemo(() => configurationLines(chosen, ownRuns ?? []), [chosen, ownRuns]);
  const own = chosen.flatMap((system) => system.rows.filter((row) => isOwnRun(table, row)));
  const lines = useMemo(() => compareResults(table, chosen, measure), [table, chosen, measure]);
  const attributes = useMemo(() => (isReady ? attributeLines(table, chosen) : []), [table, chosen, isReady]);
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
  const isSimulated = own.some((row) => isUnproven(table, row));
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
          {missing === 1
            ? "One system in the address is not among the filtered rows and runs."
            : `${missing} systems in the address are not among the filtered rows and runs.`}
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
      {own.length > 0 && (
        <p class="mixed" role="note">
          <strong>Runs of one's own are not verified by MLCommons.</strong> They stand beside the benchmark of
          their model; lengths of prompts and answers may differ.
          {isSimulated &&
            " A simulated server answered one of them, or it is not VALID: such figures say nothing of hardware."}
        </p>
      )}
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
          {configuration.length > 0 && (
            <DifferenceTable
              caption="How the runs were made"
              lines={configuration}
              systems={chosen}
              isOnlyDifferences={isOnlyDifferences}
            />
          )}
          <DifferenceTable
            caption="Attributes"
            lines={attributes}
            systems={chosen}
            isOnlyDifferences={isOnlyDifferences}
          />
        </>
      )}
    </>
  );
}

/** Systems side by side. */
export const compare: View = { id: "compare", title: "Compare", needsData: true, render: Compare };
