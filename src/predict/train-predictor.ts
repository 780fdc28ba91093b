import type { SpecTables } from "../openmlperf/features/spec-tables.ts";
import type { Row } from "../openmlperf/row.ts";
import { catalogOf } from "./catalog.ts";
import { type PredictorFile, predictorSchema } from "./predictor-file.ts";
import { specifiedChips } from "./specified-chips.ts";
import { trainModel } from "./train.ts";
import { trainingRows } from "./training-rows.ts";

/** A predictor, and the rows that taught nothing. */
export interface TrainedPredictor {
  file: PredictorFile;
  /** Rows that were passed over, by reason. */
  passedOver: Record<string, number>;
}

/** Trains a predictor on a dataset; the same rows give the same predictor. Throws UsageError where too few rows teach. */
export function trainPredictor(rows: readonly Row[], tables: SpecTables): TrainedPredictor {
  const { usable, passedOver } = trainingRows(rows, tables);
  const rounds = new Set(usable.flatMap(({ row }) => row.round ?? []));
  return {
    passedOver,
    file: {
      schema: predictorSchema,
      rows: usable.length,
      rounds: [...rounds].toSorted(),
      trained: trainModel(usable),
      catalog: catalogOf(usable, tables, specifiedChips(tables)),
    },
  };
}
