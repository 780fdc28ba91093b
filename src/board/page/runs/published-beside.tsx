import { useMemo } from "preact/hooks";
import type { RunRecord } from "../../../results/record.ts";
import { ChartFigure } from "../charts/chart-figure.tsx";
import { Choice } from "../choice.tsx";
import { useColumns } from "../data/use-columns.ts";
import type { ViewProps } from "../view.ts";
import {
  comparedScenario,
  familiesOf,
  familyOfRun,
  likeChart,
  likeColumns,
  publishedRows,
  roundsOf,
} from "./like-results.ts";

/** Published results of the same scenario and model beside the picked runs. */
export function PublishedBeside(
  props: Pick<ViewProps, "table" | "state" | "openRows"> & { records: readonly RunRecord[] },
) {
  const { table, state, openRows, records } = props;
  const isReady = useColumns(table, likeColumns);
  const scenario = comparedScenario(records);
  const rows = useMemo(() => (isReady ? publishedRows(table, scenario) : []), [table, isReady, scenario]);
  const [first] = records;
  const family = useMemo(() => {
    const own = first === undefined ? null : familyOfRun(table, rows, first);
    return state.get("family", own ?? "");
  }, [table, rows, first, state]);
  const ofFamily = useMemo(
    () => rows.filter((row) => table.column("benchmark_family").values[row] === family),
    [table, rows, family],
  );
  const rounds = useMemo(() => roundsOf(table, ofFamily), [table, ofFamily]);
  const round = rounds.find((each) => each === state.get("round", "")) ?? rounds[0] ?? "";
  const subject = `${family}, ${scenario}, closed division, ${round}`;
  const compared = records.filter((record) => comparedScenario([record]) === scenario);
  const key = compared.map(({ id }) => id).join();
  const chart = useMemo(() => {
    const ofRound = ofFamily.filter((row) => table.column("round").values[row] === round);
    return ofRound.length === 0 ? null : likeChart(table, ofRound, compared, subject);
  }, [table, ofFamily, round, key, subject]);
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
