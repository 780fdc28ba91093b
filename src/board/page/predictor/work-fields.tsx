import type { Catalog } from "../../../predict/catalog.ts";
import { predictedScenarios } from "../../../predict/prediction-case.ts";
import { Choice } from "../choice.tsx";
import { NumberField } from "../number-field.tsx";
import type { UrlState } from "../url-state.ts";
import { otherModel, scenarioWords, usualLengths, type Work } from "./work-of-state.ts";

const sizeFields = [
  ["parameters", "Parameters, billions", "32"],
  ["active", "Active parameters, billions", "all"],
  ["experts", "Experts of a layer", "1"],
  ["experts-active", "Experts a token takes", "1"],
] as const;

const lengthFields = [
  ["prompt", "Prompt, tokens"],
  ["output", "Answer, tokens"],
] as const;

const limitFields = [
  ["ttft", "TTFT limit p99, ms"],
  ["tpot", "TPOT limit p99, ms"],
] as const;

/** Fields of what is to be served: model or its size, scenario, lengths and limits. */
export function WorkFields({ state, catalog, work }: { state: UrlState; catalog: Catalog; work: Work }) {
  const usual = usualLengths(work, catalog);
  const isOther = typeof work.model !== "string";
  const field = (parameter: string, label: string, expected: string | undefined) => (
    <NumberField
      key={parameter}
      label={label}
      text={state.get(parameter, "")}
      usual={expected}
      change={(text) => state.set({ [parameter]: text === "" ? null : text })}
    />
  );
  const limits = work.scenario === "Offline" ? [] : limitFields;
  return (
    <>
      <Choice
        label="Model"
        value={typeof work.model === "string" ? work.model : otherModel}
        options={[
          ...catalog.models.map(({ name }) => [name, name] as const),
          [otherModel, "another, by its size"],
        ]}
        choose={(value) => state.set({ model: value, workload: null })}
      />
      {isOther && sizeFields.map(([parameter, label, expected]) => field(parameter, label, expected))}
      <Choice
        label="Scenario"
        value={work.scenario}
        options={predictedScenarios.map((each) => [each, scenarioWords[each]] as const)}
        choose={(value) => state.set({ scenario: value })}
      />
      <Choice
        label="Lengths and limits of"
        value={work.workload ?? ""}
        options={[
          ["", "the model's benchmark"],
          ...catalog.workloads.map(({ name }) => [name, name] as const),
        ]}
        choose={(value) => state.set({ workload: value === "" ? null : value })}
      />
      {[...lengthFields, ...limits].map(([parameter, label]) => field(parameter, label, usual[parameter]))}
    </>
  );
}
