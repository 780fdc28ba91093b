import type { SpecTables } from "../../openmlperf/features/spec-tables.ts";
import type { Row } from "../../openmlperf/row.ts";
import { trainPredictor } from "../train-predictor.ts";
import { trainingRows } from "../training-rows.ts";
import { withDeclaredTypes } from "./declared-types.ts";
import { type EvaluationOptions, evaluate } from "./evaluate.ts";
import { learningCurve } from "./learning-curve.ts";
import type { CardFacts } from "./model-card.ts";

/** Splits of few folds, which are run again with declared types. */
const quickSplits = ["system", "v6.0", "v5.0"];

/** Everything that the model card tells of a predictor trained on a dataset: takes a minute or two for a thousand results. */
export function judgePredictor(
  rows: readonly Row[],
  tables: SpecTables,
  day: string,
  { onFold = () => {}, only }: Pick<EvaluationOptions, "onFold" | "only"> = {},
): CardFacts {
  const { usable } = trainingRows(rows, tables);
  return {
    ...{ trained: trainPredictor(rows, tables), day, datasetRows: rows.length },
    outcomes: evaluate(usable, { onFold, ...(only === undefined ? {} : { only }) }),
    declared: evaluate(withDeclaredTypes(usable), {
      onFold: (split, fold, folds) => onFold(`${split}, declared types`, fold, folds),
      only: quickSplits.filter((id) => only?.includes(id) ?? true),
      ...{ latencies: false, earlier: false },
    }),
    curve: learningCurve(usable),
  };
}
