import type { Problem } from "../../../errors.ts";
import type { Catalog } from "../../../predict/catalog.ts";
import type { Choice, Need } from "../../../predict/choose.ts";
import type { CostAssumptions, UnitPrice } from "../../../predict/configuration-cost.ts";
import type { PredictionCase } from "../../../predict/prediction-case.ts";
import type { Prediction } from "../../../predict/predictor.ts";

/** What can be asked of a predictor, and what it answers. */
export interface PredictorAnswers {
  open: { question: { url: string }; answer: OpenedPredictor };
  predict: { question: { cases: readonly PredictionCase[] }; answer: Prediction[] };
  choose: {
    question: {
      need: Need;
      prices: Readonly<Record<string, UnitPrice>>;
      assumptions: CostAssumptions;
    };
    answer: Choice;
  };
}

/** What is known of a predictor before it is asked. */
export interface OpenedPredictor {
  catalog: Catalog;
  /** Time of the latest results, as a year with fraction. */
  latest: number;
  /** Results that it learned from. */
  rows: number;
  rounds: string[];
}

export type PredictorDeed = keyof PredictorAnswers;

/** What the page sends to the worker. */
export type PredictorQuestion = {
  [Deed in PredictorDeed]: { id: number; deed: Deed; question: PredictorAnswers[Deed]["question"] };
}[PredictorDeed];

/** What the worker sends back. */
export type PredictorReply =
  | { id: number; state: "answered"; answer: PredictorAnswers[PredictorDeed]["answer"] }
  | { id: number; state: "failed"; message: string; problems: readonly Problem[] };
