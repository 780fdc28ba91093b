import type { Catalog } from "../../../predict/catalog.ts";
import type { Need } from "../../../predict/choose.ts";
import { caseDataTypes } from "../../../predict/prediction-case.ts";
import { Choice } from "../choice.tsx";
import { NumberField } from "../number-field.tsx";
import type { UrlState } from "../url-state.ts";
import { usualTokensPerSecond } from "./need-of-state.ts";

/** Fields of how much is needed, on what it may run, and within what. */
export function NeedFields({ state, need }: { state: UrlState; need: Need }) {
  const number = (parameter: string, label: string, usual: string) => (
    <NumberField
      label={label}
      text={state.get(parameter, "")}
      usual={usual}
      change={(text) => state.set({ [parameter]: text === "" ? null : text })}
    />
  );
  return (
    <>
      {number("tokens", "Needed output tokens/s", usualTokensPerSecond)}
      {number("max-nodes", "At most nodes", "any number")}
      {number("budget", "At most $ a year", "any amount")}
      <Choice
        label="Count nodes by"
        value={need.size ?? "middle"}
        options={[
          ["middle", "the middle of the prediction"],
          ["low", "the low end of its interval"],
        ]}
        choose={(value) => state.set({ size: value === "middle" ? null : value })}
      />
    </>
  );
}

/** Accelerators and data types that will do; none ticked stands for all. */
export function AvailableFields({ state, catalog, need }: { state: UrlState; catalog: Catalog; need: Need }) {
  return (
    <>
      <Ticks
        title="Data types that are accurate enough"
        names={caseDataTypes}
        ticked={need.dataTypes ?? []}
        change={(names) => state.set({ type: names })}
      />
      <Ticks
        title="Accelerators that can be had"
        names={catalog.chips.map(({ name }) => name)}
        ticked={need.accelerators ?? []}
        change={(names) => state.set({ accelerator: names })}
      />
    </>
  );
}

function Ticks(props: {
  title: string;
  names: readonly string[];
  ticked: readonly string[];
  change: (names: readonly string[]) => void;
}) {
  const { title, names, ticked, change } = props;
  return (
    <details class="chooser">
      <summary>
        {title}: {ticked.length === 0 ? "all" : ticked.join(", ")}
      </summary>
      <fieldset class="choices" aria-label={title}>
        {names.map((name) => (
          <label key={name}>
            <input
              type="checkbox"
              checked={ticked.includes(name)}
              onChange={({ currentTarget }) =>
                change(currentTarget.checked ? [...ticked, name] : ticked.filter((each) => each !== name))
              }
            />{" "}
            {name}
          </label>
        ))}
      </fieldset>
    </details>
  );
}
