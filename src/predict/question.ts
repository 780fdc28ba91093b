import { type Problem, UsageError } from "../errors.ts";
import type { Catalog, Workload } from "./catalog.ts";
import { type ModelSize, shapeOfSize } from "./model-shape.ts";
import {
  type CaseChip,
  type CaseModel,
  caseDataTypes,
  type PredictedScenario,
  type PredictionCase,
  predictedScenarios,
} from "./prediction-case.ts";

/** What somebody wants to know the throughput of. Names are those of the catalog. */
export interface Question {
  /** A model of the catalog, or the size of another one. */
  model: string | ModelSize;
  /** Effective type of the weights. */
  dataType: string;
  scenario: PredictedScenario;
  /** A chip of the catalog, or what is known of another one. */
  accelerator: string | CaseChip;
  /** @default 1 */
  accelerators?: number;
  /** @default as many as the usual node of the chip needs */
  nodes?: number;
  /** Serving engine. @default the most frequent one of the chip's vendor */
  framework?: string;
  /** Benchmark whose lengths and limits hold where no others are given. @default that of the model, else llama2-70b */
  workload?: string;
  promptTokens?: number;
  outputTokens?: number;
  /** At the 99th percentile, ms. */
  ttftLimitMs?: number;
  tpotLimitMs?: number;
  /** Year with fraction. @default that of the latest results */
  time?: number;
}

const usualWorkload = "llama2-70b";

/** The case of a question. Throws UsageError `PREDICT_QUESTION` with everything that is wrong or impossible. */
export function caseOfQuestion(question: Question, catalog: Catalog, latest: number): PredictionCase {
  const outcome = tryQuestion(question, catalog, latest);
  if (Array.isArray(outcome)) throw new UsageError("PREDICT_QUESTION", outcome);
  return outcome;
}

/** The case of a question, or all problems of it. */
export function tryQuestion(
  question: Question,
  catalog: Catalog,
  latest: number,
): PredictionCase | Problem[] {
  const problems: Problem[] = [];
  const named = <Item extends { name: string }>(
    where: string,
    name: string,
    items: readonly Item[],
  ): Item | null => {
    const item = items.find(({ name: known }) => known.toLowerCase() === name.toLowerCase());
    if (item === undefined)
      problems.push({
        where,
        message: `${name} is not known; there are ${items.map((one) => one.name).join(", ")}`,
      });
    return item ?? null;
  };
  const model = modelOf(question.model, catalog, named);
  const chip =
    typeof question.accelerator === "string"
      ? named("accelerator", question.accelerator, catalog.chips)
      : question.accelerator;
  const workload = named("workload", question.workload ?? workloadOfModel(model, catalog), catalog.workloads);
  const counts = countsOf(question, chip, catalog);
  for (const [where, value] of Object.entries({
    ...counts,
    ...given("promptTokens", question.promptTokens),
    ...given("outputTokens", question.outputTokens),
    ...given("ttftLimitMs", question.ttftLimitMs),
    ...given("tpotLimitMs", question.tpotLimitMs),
  }))
    if (!(value > 0 && Number.isFinite(value))) problems.push({ where, message: "must be above 0" });
  for (const where of ["accelerators", "nodes"] as const)
    if (!Number.isInteger(counts[where])) problems.push({ where, message: "must be a whole number" });
  if (counts.nodes > counts.accelerators)
    problems.push({ where: "nodes", message: "cannot be more than accelerators" });
  if (!predictedScenarios.includes(question.scenario))
    problems.push({ where: "scenario", message: `must be one of ${predictedScenarios.join(", ")}` });
  const framework =
    question.framework ?? (chip === null ? null : (catalog.frameworks[chip.vendor]?.[0] ?? null));
  if (chip !== null) problems.push(...impossibilities(chip, question.dataType, question.framework, catalog));
  if (model === null || chip === null || workload === null || problems.length > 0) return problems;
  const limits = limitsOf(question, workload);
  return {
    ...{ chip, model, dataType: question.dataType, scenario: question.scenario, ...counts, ...limits },
    promptTokens: question.promptTokens ?? workload.promptTokens,
    outputTokens: question.outputTokens ?? workload.outputTokens,
    ...{ beams: workload.beams, framework, division: "closed", time: question.time ?? latest },
  };
}

const given = (name: string, value: number | undefined): Record<string, number> =>
  value === undefined ? {} : { [name]: value };

function modelOf(
  model: Question["model"],
  catalog: Catalog,
  named: (where: string, name: string, items: readonly CaseModel[]) => CaseModel | null,
): CaseModel | null {
  return typeof model === "string" ? named("model", model, catalog.models) : shapeOfSize(model);
}

function workloadOfModel(model: CaseModel | null, { results }: Catalog): string {
  return results.find((result) => result.model === model?.name)?.benchmark ?? usualWorkload;
}

function countsOf(
  { accelerators = 1, nodes }: Question,
  chip: CaseChip | null,
  catalog: Catalog,
): { accelerators: number; nodes: number } {
  const most = Math.max(1, ...(catalog.perNode[chip?.name ?? ""] ?? [8]));
  return { accelerators, nodes: nodes ?? Math.max(1, Math.ceil(accelerators / most)) };
}

/** What no machine does: a type that the chip does not compute, an engine that does not run on it. */
export function impossibilities(
  chip: CaseChip,
  dataType: string,
  framework: string | undefined,
  catalog: Catalog,
): Problem[] {
  const problems: Problem[] = [];
  if (!caseDataTypes.includes(dataType))
    problems.push({ where: "dataType", message: `must be one of ${caseDataTypes.join(", ")}` });
  const peaks = { fp8: chip.peak_fp8_tflops, fp4: chip.peak_fp4_tflops, int8: chip.peak_int8_tops };
  if (dataType in peaks && peaks[dataType as keyof typeof peaks] === undefined)
    problems.push({ where: "dataType", message: `${chip.name} does not compute in ${dataType}` });
  const engines = catalog.frameworks[chip.vendor];
  if (framework !== undefined && engines !== undefined && !engines.includes(framework))
    problems.push({
      where: "framework",
      message: `${framework} was never seen on chips of ${chip.vendor}; there are ${engines.join(", ")}`,
    });
  return problems;
}

function limitsOf(
  { scenario, ttftLimitMs, tpotLimitMs }: Question,
  { limits }: Workload,
): Pick<PredictionCase, "ttftLimitMs" | "tpotLimitMs"> {
  if (scenario === "Offline") return { ttftLimitMs: null, tpotLimitMs: null };
  const usual = limits[scenario] ?? usualLimits[scenario];
  return {
    ttftLimitMs: ttftLimitMs ?? usual.ttftMs,
    tpotLimitMs: tpotLimitMs ?? usual.tpotMs,
  };
}

/** Limits of llama2-70b, for a workload whose benchmark has no such scenario. */
const usualLimits = {
  Server: { ttftMs: 2000, tpotMs: 200 },
  Interactive: { ttftMs: 450, tpotMs: 40 },
} as const;
