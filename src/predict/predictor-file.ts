import type { Catalog } from "./catalog.ts";
import type { TrainedModel } from "./train.ts";

/** Version of the file of a predictor. */
export const predictorSchema = "flexbench.predictor/2";

/** A trained predictor with all that is needed to ask it, as `predictor.json` holds it; the same in Node and a browser. */
export interface PredictorFile {
  schema: typeof predictorSchema;
  /** Rows that it learned from. */
  rows: number;
  rounds: string[];
  trained: TrainedModel;
  catalog: Catalog;
}
