import { useMemo } from "preact/hooks";
import type { RunRecord } from "../../../results/record.ts";
import { ChartFigure } from "../charts/chart-figure.tsx";
import { Choice } from "../choice.tsx";
import { useColumns } from "../data/use-columns.ts";
import type { ViewProps } from "../view.ts";
import { chipsOfRun, knownChips } from "./chip-of-run.ts";
import { likeChart } from "./like-chart.ts";
import { familiesOf, likeColumns, likeResults, publishedRows, roundsOf } from "./like-results.ts";
import { familyOfRun, knownModels } from "./model-of-run.ts";
import { scenarioOfRun } from "./own-run.ts";

/** Published results of the same scenario and model beside the picked runs; those like the first of them. */
export function PublishedBeside(
  props: Pick<ViewProps, "table" | "state" | "openRows"> & { records: readonly [RunRecord, ...RunRecord[]] },
) {
  const { table, state, openRows, records } = props;
  const isReady = useColumns(table, likeColumns);
  const [first] = records;
  const scenario = scenarioOfRun(first);
  const rows = useMemo(() => (isReady ? publishedRows(table, scenario) : []), [table, isReady, scenario]);
  const ownFamily = useMemo(() => familyOfRun(knownModels(table, rows), first), [table, rows, first]);
  const chips = useMemo(() => (isReady ? knownChips(table) : []), [table, isReady]);
  const family = state.get("family", ownFamily ?? "");
  const ofFamily = useMemo(
    () => rows.filter((row) => table.column("benchmark_family").values[row] === family),
    [table, rows, family],
  );
  const rounds = useMemo(
    () => roundsOf(table, ofFamily, chipsOfRun(first, chips).accelerator),
    [table, ofFamily, first, chips],
  );
  const round = rounds.find((each) => each === state.get("round", "")) ?? rounds[0] ?? "";
  const subject = `${family}, ${scenario}, closed division, ${round}`;
  const compared = records.filter((record) => scenarioOfRun(record) === scenario);
  const key = compared.map(({ id }) => id).join();
  const chart = useMemo(() => {
    const ofRound = ofFamily.filter((row) => table.column("round").values[row] === round);
    if (ofRound.length === 0) return null;
    const runs = compared.map((record) => ({ record, chips: chipsOfRun(record, chips) }));
    const like = likeResults(table, ofRound, chipsOfRun(first, chips), first.metrics.tokensPerSecond);
    return likeChart(table, like, runs, subject);
  }, [table, ofFamily, round, key, subject, chips]);
  if (!isReady || rows.length === 0) return null;
  return (
    <>
      <h2>Beside published results</h2>
      <div class="controls">
        <Choice
          label="Model of the benchmark"
          value={family}
          options={[
            ...(family === "" ? [["", "none like this model"] as const] : []),
            ...familiesOf(table, rows).map((name) => [name, name] as const),
          ]}
          choose={(value) => state.set({ family: value, round: null })}
        />
        {rounds.length > 0 && (
          <Choice
            label="Round"
            value={round}
            options={rounds.map((each) => [each, each] as const)}
            choose={(value) => state.set({ round: value })}
          />
        )}
      </div>
      {chart === null ? (
        <p class="soft">No published result in {scenario} is of a model like this one; choose one above.</p>
      ) : (
        <ChartFigure chart={chart} selection={`Published: ${subject}.`} openRows={openRows} />
      )}
    </>
  );
}
