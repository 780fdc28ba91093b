import type { Catalog } from "../../../predict/catalog.ts";
import type { ModelSize } from "../../../predict/model-shape.ts";
import { type PredictedScenario, predictedScenarios } from "../../../predict/prediction-case.ts";
import { type Question, tryQuestion } from "../../../predict/question.ts";
import type { UrlState } from "../url-state.ts";

/** Stands in the address for a model that the catalog does not have. */
export const otherModel = "other";

/** What is to be served, and within which limits; what the address leaves out is that of the benchmark. */
export type Work = Pick<
  Question,
  "model" | "scenario" | "workload" | "promptTokens" | "outputTokens" | "ttftLimitMs" | "tpotLimitMs"
>;

/** Parameters of the address that tell lengths and limits, and what they are called in a question. */
export const lengthsAndLimits = [
  ["prompt", "promptTokens"],
  ["output", "outputTokens"],
  ["ttft", "ttftLimitMs"],
  ["tpot", "tpotLimitMs"],
] as const;

const usualBillions = "32";

/** The work that an address tells. */
export function workOfState(state: UrlState, catalog: Catalog): Work {
  const name = state.get("model", mostFrequent(catalog.results.map(({ model }) => model)) ?? otherModel);
  const wanted = state.get("scenario", "Server");
  const scenario = predictedScenarios.find((each) => each === wanted) ?? "Server";
  const workload = state.get("workload", "");
  return {
    model: name === otherModel ? sizeOfState(state) : name,
    scenario,
    ...(workload === "" ? {} : { workload }),
    ...Object.assign(
      {},
      // The limits of an address stay for when another scenario is chosen again.
      ...lengthsAndLimits
        .filter(([, field]) => scenario !== "Offline" || !field.endsWith("LimitMs"))
        .map(([parameter, field]) => given(field, state.get(parameter, ""))),
    ),
  };
}

/** Lengths and limits that hold where the address tells none, by the parameter; nothing where a limit does not apply. */
export function usualLengths(work: Work, catalog: Catalog): Record<string, string> {
  const { model, scenario, workload } = work;
  const accelerator = catalog.chips[0];
  if (accelerator === undefined) return {};
  const question = { model, scenario, accelerator, dataType: "bf16" };
  const one = tryQuestion(workload === undefined ? question : { ...question, workload }, catalog, 0);
  if (Array.isArray(one)) return {};
  return Object.fromEntries(
    lengthsAndLimits.flatMap(([parameter, field]) => {
      const value = one[field];
      return value === null ? [] : [[parameter, String(Math.round(value))]];
    }),
  );
}

/** The scenario in words. */
export const scenarioWords: Readonly<Record<PredictedScenario, string>> = {
  Offline: "Offline (all at once)",
  Server: "Server (arrivals, limits)",
  Interactive: "Interactive (tight limits)",
};

/** A number of the address as a field of a question; nothing where the address has none. */
export function given<Field extends string>(field: Field, text: string): Partial<Record<Field, number>> {
  return text === "" ? {} : ({ [field]: Number(text) } as Record<Field, number>);
}

/** What occurs most; null of nothing. */
export function mostFrequent(values: readonly string[]): string | null {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  const [first] = [...counts].sort(([, a], [, b]) => b - a);
  return first?.[0] ?? null;
}

function sizeOfState(state: UrlState): ModelSize {
  const billions = (parameter: string) => Number(state.get(parameter, "")) * 1e9;
  return {
    parameters: Number(state.get("parameters", usualBillions)) * 1e9,
    ...(state.get("active", "") === "" ? {} : { activeParameters: billions("active") }),
    ...given("experts", state.get("experts", "")),
    ...given("expertsActive", state.get("experts-active", "")),
  };
}
