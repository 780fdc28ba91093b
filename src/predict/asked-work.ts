import type { Problem } from "../errors.ts";
import type { Catalog, Workload } from "./catalog.ts";
import { knownItem, knownName } from "./known-name.ts";
import { shapeOfSize } from "./model-shape.ts";
import type { CaseChip, CaseModel, PredictedScenario, PredictionCase } from "./prediction-case.ts";
import type { Question } from "./question-schema.ts";

/** Which model is served how, with what nobody told filled in. */
export interface AskedWork {
  model: CaseModel;
  scenario: PredictedScenario;
  /** Benchmark that lengths and limits come from where none were told. */
  workload: string;
  promptTokens: number;
  outputTokens: number;
  beams: number;
  ttftLimitMs: number | null;
  tpotLimitMs: number | null;
  /** Serving engine; null stands for the most frequent one of the chip's vendor. */
  framework: string | null;
  time: number;
  /** What nobody told. */
  assumed: AssumedField[];
}

/** What may be assumed of a work. */
export const assumedFields = ["promptTokens", "outputTokens", "ttftLimitMs", "tpotLimitMs"] as const;
export type AssumedField = (typeof assumedFields)[number];

/** Lengths and limits that an answer holds for. */
export interface AnsweredWork
  extends Pick<
    AskedWork,
    "scenario" | "workload" | "promptTokens" | "outputTokens" | "ttftLimitMs" | "tpotLimitMs" | "assumed"
  > {
  model: string;
}

/** The part of a question that is the same for every system. */
export type WorkQuestion = Pick<
  Question,
  | "model"
  | "scenario"
  | "workload"
  | "promptTokens"
  | "outputTokens"
  | "ttftLimitMs"
  | "tpotLimitMs"
  | "framework"
  | "time"
>;

const usualWorkload = "llama2-70b";

/** Fills in what a question leaves out; null with problems for names that are not known and limits that do not apply. */
export function askedWork(
  question: WorkQuestion,
  catalog: Catalog,
  latest: number,
  problems: Problem[],
): AskedWork | null {
  const { promptTokens, outputTokens, ttftLimitMs, tpotLimitMs, scenario } = question;
  const model =
    typeof question.model === "string"
      ? knownItem("model", question.model, catalog.models, problems)
      : shapeOfSize(question.model);
  const workload = knownItem(
    "workload",
    question.workload ?? workloadOfModel(model, catalog),
    catalog.workloads,
    problems,
  );
  const engines = [...new Set(Object.values(catalog.frameworks).flat())];
  const framework =
    question.framework === undefined ? null : knownName("framework", question.framework, engines, problems);
  if (scenario === "Offline")
    for (const [where, limit] of Object.entries({ ttftLimitMs, tpotLimitMs }))
      if (limit !== undefined) problems.push({ where, message: "does not apply: Offline has no limits" });
  if (model === null || workload === null || (framework === null && question.framework !== undefined))
    return null;
  const usual = limitsOf(scenario, workload);
  const told = { promptTokens, outputTokens, ttftLimitMs, tpotLimitMs };
  return {
    ...{ model, scenario, workload: workload.name, beams: workload.beams, framework },
    promptTokens: promptTokens ?? workload.promptTokens,
    outputTokens: outputTokens ?? workload.outputTokens,
    ttftLimitMs: ttftLimitMs ?? usual.ttftMs,
    tpotLimitMs: tpotLimitMs ?? usual.tpotMs,
    time: question.time ?? latest,
    assumed: assumedFields.filter(
      (field) => told[field] === undefined && !(scenario === "Offline" && field.endsWith("LimitMs")),
    ),
  };
}

/** The work on a system, as a prediction takes it. */
export function caseOn(
  { assumed: _, workload: __, framework, ...work }: AskedWork,
  system: { chip: CaseChip; dataType: string; accelerators: number; nodes: number },
  catalog: Catalog,
): PredictionCase {
  const usualEngine = catalog.frameworks[system.chip.vendor]?.[0] ?? null;
  return { ...work, ...system, framework: framework ?? usualEngine, division: "closed" };
}

/** What an answer says of the work that it is for. */
export function answeredWork(work: AskedWork): AnsweredWork {
  const { scenario, workload, promptTokens, outputTokens, ttftLimitMs, tpotLimitMs, assumed } = work;
  return {
    ...{ model: work.model.name, scenario, workload, promptTokens, outputTokens },
    ...{ ttftLimitMs, tpotLimitMs, assumed },
  };
}

function workloadOfModel(model: CaseModel | null, { results }: Catalog): string {
  return results.find((result) => result.model === model?.name)?.benchmark ?? usualWorkload;
}

function limitsOf(
  scenario: PredictedScenario,
  { limits }: Workload,
): { ttftMs: number | null; tpotMs: number | null } {
  if (scenario === "Offline") return { ttftMs: null, tpotMs: null };
  return limits[scenario] ?? usualLimits[scenario];
}

/** Limits of llama2-70b, for a workload whose benchmark has no such scenario. */
const usualLimits = {
  Server: { ttftMs: 2000, tpotMs: 200 },
  Interactive: { ttftMs: 450, tpotMs: 40 },
} as const;
