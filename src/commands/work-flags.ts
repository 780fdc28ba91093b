import type { ArgumentsCamelCase, InferredOptionTypes } from "yargs";
import { type Problem, UsageError } from "../errors.ts";
import type { WorkQuestion } from "../predict/asked-work.ts";
import type { PredictedScenario } from "../predict/prediction-case.ts";

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

/** What flags ask, and what is wrong with them that no schema sees. */
export interface AskedByFlags {
  work: Partial<WorkQuestion>;
  problems: Problem[];
}

const scenarioOfFlag: Readonly<Record<string, PredictedScenario>> = {
  ...{ offline: "Offline", server: "Server", interactive: "Interactive" },
};

/** Model, scenario, lengths, limits and engine of flags. */
export async function workOfFlags(flags: WorkArguments): Promise<AskedByFlags> {
  const { readDuration } = await import("../config/durations.ts");
  const { workload, promptTokens, outputTokens, framework } = flags;
  const problems: Problem[] = [];
  const limit = (where: string, text: string | undefined): number | undefined => {
    if (text === undefined) return undefined;
    const reading = readDuration(text);
    if ("ns" in reading) return reading.ns / 1e6;
    problems.push({ where, message: reading.problem });
    return undefined;
  };
  const model = modelOfFlags(flags, problems);
  const work = {
    ...(model === undefined ? {} : { model }),
    scenario: scenarioOfFlag[flags.scenario] ?? "Server",
    ...{ workload, promptTokens, outputTokens, framework },
    ttftLimitMs: limit("--ttft-limit", flags.ttftLimit),
    tpotLimitMs: limit("--tpot-limit", flags.tpotLimit),
  };
  // What is undefined would stand in JSON as nothing, and in an object as a field that was told.
  return { work: withoutUndefined(work), problems };
}

function modelOfFlags(flags: WorkArguments, problems: Problem[]): WorkQuestion["model"] | undefined {
  const { model, parameters, activeParameters, experts, expertsActive } = flags;
  const shape = { "active-parameters": activeParameters, experts, "experts-active": expertsActive };
  if (parameters === undefined) {
    for (const [flag, value] of Object.entries(shape))
      if (value !== undefined) problems.push({ where: `--${flag}`, message: "needs --parameters" });
    return model;
  }
  return withoutUndefined({
    ...{ parameters: parameters * 1e9, name: model, experts, expertsActive },
    activeParameters: activeParameters === undefined ? undefined : activeParameters * 1e9,
  });
}

/** The same without keys whose value is undefined, as JSON has it. */
function withoutUndefined<Value extends object>(value: Value): Value {
  return Object.fromEntries(Object.entries(value).filter(([, held]) => held !== undefined)) as Value;
}

/**
 * Asks, and tells problems by the flags that they come from, with those of the flags themselves: throws UsageError with all of
 * them. `flagOfField` has fields whose flag has another name.
 */
export function askedByFlags<Answer>(
  problems: readonly Problem[],
  flagOfField: Readonly<Record<string, string>>,
  ask: () => Answer,
): Answer {
  try {
    const answer = ask();
    if (problems.length === 0) return answer;
  } catch (cause) {
    if (!(cause instanceof UsageError)) throw cause;
    const told = cause.problems.map((problem) => problemOfFlag(problem, flagOfField));
    const isChipUnknown = told.some(
      ({ where, message }) => where === "--accelerator" && /not known/.test(message),
    );
    throw new UsageError(cause.code, [...problems, ...told], {
      cause,
      ...(isChipUnknown
        ? { hint: "--chip FILE takes the figures of a chip that is not in the catalog." }
        : {}),
    });
  }
  throw new UsageError("PREDICT_QUESTION", problems);
}

const ownFlags: Readonly<Record<string, string>> = {
  ...{ ttftLimitMs: "--ttft-limit", tpotLimitMs: "--tpot-limit" },
};
const orElse: Readonly<Record<string, string>> = { model: "--parameters", accelerator: "--chip" };

function problemOfFlag({ where, message }: Problem, flagOfField: Readonly<Record<string, string>>): Problem {
  const [field = "", ...rest] = where.replace(/^(model|assumptions)\./, "").split(".");
  const dashed = `--${field.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  const flag = flagOfField[field] ?? ownFlags[field] ?? dashed;
  const other = message === "is needed" ? orElse[where] : undefined;
  return {
    where: [flag, ...rest.filter((part) => !/^\d+$/.test(part))].join(" "),
    message: other === undefined ? message : `${message}, or ${other}`,
  };
}
