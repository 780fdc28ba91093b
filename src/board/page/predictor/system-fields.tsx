import type { Catalog } from "../../../predict/catalog.ts";
import { caseDataTypes } from "../../../predict/prediction-case.ts";
import { impossibilities, type Question } from "../../../predict/question.ts";
import { Choice } from "../choice.tsx";
import { NumberField } from "../number-field.tsx";
import type { UrlState } from "../url-state.ts";

/** Fields of the system that is asked about; what the chip does not do stays to be chosen, marked. */
export function SystemFields(props: {
  state: UrlState;
  catalog: Catalog;
  question: Question & { accelerator: string; accelerators: number };
}) {
  const { state, catalog, question } = props;
  const chip = catalog.chips.find(({ name }) => name === question.accelerator);
  const engines = catalog.frameworks[chip?.vendor ?? ""] ?? [];
  const otherEngines = [...new Set(Object.values(catalog.frameworks).flat())].filter(
    (name) => !engines.includes(name),
  );
  const isImpossible = (dataType: string) =>
    chip !== undefined && impossibilities(chip, dataType, undefined, catalog).length > 0;
  const usualCount = catalog.perNode[question.accelerator]?.[0] ?? 1;
  return (
    <>
      <Choice
        label="Accelerator"
        value={question.accelerator}
        options={catalog.chips.map(({ name }) => [name, name] as const)}
        choose={(value) => state.set({ accelerator: value, engine: null, type: null })}
      />
      <NumberField
        label="How many"
        text={state.get("count", "")}
        usual={String(usualCount)}
        change={(text) => state.set({ count: text === "" ? null : text })}
      />
      <NumberField
        label="Nodes"
        text={state.get("nodes", "")}
        usual="as many as usual"
        change={(text) => state.set({ nodes: text === "" ? null : text })}
      />
      <Choice
        label="Data type of the weights"
        value={question.dataType}
        options={caseDataTypes.map(
          (name) => [name, isImpossible(name) ? `${name} (not on it)` : name] as const,
        )}
        choose={(value) => state.set({ type: value })}
      />
      <Choice
        label="Serving engine"
        value={question.framework ?? ""}
        options={[
          ["", `usual${engines[0] === undefined ? "" : `: ${engines[0]}`}`],
          ...engines.map((name) => [name, name] as const),
          ...otherEngines.map((name) => [name, `${name} (not seen on it)`] as const),
        ]}
        choose={(value) => state.set({ engine: value === "" ? null : value })}
      />
    </>
  );
}
