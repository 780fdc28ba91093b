import type { ArgumentsCamelCase, InferredOptionTypes } from "yargs";
import { UsageError } from "../errors.ts";
import type { ModelSize } from "../predict/model-shape.ts";
import type { PredictedScenario } from "../predict/prediction-case.ts";
import type { Question } from "../predict/question.ts";

/** Flags that say which model is served how; `predict` and `predict choose` share them. */
export const workFlags = {
  model: { type: "string", requiresArg: true, describe: "Model of the catalog; or with --parameters a name" },
  parameters: { type: "number", requiresArg: true, describe: "Parameters of another model, in 10^9" },
  "active-parameters": {
    type: "number",
    requiresArg: true,
    describe: "Those that a token passes through, in 10^9",
  },
  experts: { type: "number", requiresArg: true, describe: "Experts of a layer" },
  "experts-active": { type: "number", requiresArg: true, describe: "Experts that a token takes" },
  scenario: {
    choices: ["offline", "server", "interactive"],
    default: "server",
    requiresArg: true,
    describe: "As of flexbench run",
  },
  workload: { type: "string", requiresArg: true, describe: "Benchmark whose lengths and limits hold" },
  "prompt-tokens": { type: "number", requiresArg: true, describe: "Mean prompt length" },
  "output-tokens": { type: "number", requiresArg: true, describe: "Mean answer length" },
  "ttft-limit": { type: "string", requiresArg: true, describe: "TTFT at the 99th percentile, e.g. 2s" },
  "tpot-limit": { type: "string", requiresArg: true, describe: "TPOT at the 99th percentile, e.g. 200ms" },
  framework: {
    type: "string",
    requiresArg: true,
    describe: "Serving engine; else the usual one of the vendor",
  },
  predictor: {
    type: "string",
    default: "openmlperf",
    requiresArg: true,
    describe: "Its file, or the folder of the dataset that holds it",
  },
  json: { type: "boolean", default: false, describe: "Print JSON" },
} as const;

/** Values of `workFlags` as yargs gives them. */
export type WorkArguments = ArgumentsCamelCase<InferredOptionTypes<typeof workFlags>>;

/** The model that flags name or size; null where they do neither. */
export function modelOfFlags(flags: WorkArguments): string | ModelSize | null {
  const { model, parameters, activeParameters, experts, expertsActive } = flags;
  if (parameters === undefined) return model ?? null;
  return {
    parameters: parameters * 1e9,
    ...(model === undefined ? {} : { name: model }),
    ...(activeParameters === undefined ? {} : { activeParameters: activeParameters * 1e9 }),
    ...(experts === undefined ? {} : { experts }),
    ...(expertsActive === undefined ? {} : { expertsActive }),
  };
}

const scenarioOfFlag: Readonly<Record<string, PredictedScenario>> = {
  ...{ offline: "Offline", server: "Server", interactive: "Interactive" },
};

/** Scenario, lengths, limits and engine of flags. */
export async function workOfFlags(
  flags: WorkArguments,
): Promise<
  Pick<
    Question,
    "scenario" | "workload" | "promptTokens" | "outputTokens" | "ttftLimitMs" | "tpotLimitMs" | "framework"
  >
> {
  const { readDuration } = await import("../config/durations.ts");
  const { workload, promptTokens, outputTokens, ttftLimit, tpotLimit, framework } = flags;
  const ms = (where: string, text: string): number => {
    const reading = readDuration(text);
    if ("ns" in reading) return reading.ns / 1e6;
    throw new UsageError("PREDICT_QUESTION", [{ where, message: reading.problem }]);
  };
  return {
    scenario: scenarioOfFlag[flags.scenario] ?? "Server",
    ...(workload === undefined ? {} : { workload }),
    ...(promptTokens === undefined ? {} : { promptTokens }),
    ...(outputTokens === undefined ? {} : { outputTokens }),
    ...(ttftLimit === undefined ? {} : { ttftLimitMs: ms("--ttft-limit", ttftLimit) }),
    ...(tpotLimit === undefined ? {} : { tpotLimitMs: ms("--tpot-limit", tpotLimit) }),
    ...(framework === undefined ? {} : { framework }),
  };
}
