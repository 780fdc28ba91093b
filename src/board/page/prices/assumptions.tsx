import { type CostAssumptions, usualAssumptions } from "../../../predict/configuration-cost.ts";
import { Choice } from "../choice.tsx";
import { NumberField } from "../number-field.tsx";
import type { UrlState } from "../url-state.ts";

type Amount = Exclude<keyof CostAssumptions, "pay">;

const always = [["utilisation", "Share of the year in use"]] as const;

const whenBought = [
  ["years", "Years of write-off"],
  ["hostShare", "Host price, share of the accelerators'"],
  ["pricePerKwh", "Electricity, $/kWh"],
  ["hostPowerShare", "Host power, share of the accelerators'"],
  ["pue", "Power of the building for each watt"],
] as const;

/** The assumptions that an address tells; a number that cannot be is passed over. */
export function assumptionsOfState(state: UrlState): CostAssumptions {
  const amount = (name: Amount) => {
    const text = state.get(`assume.${name}`, "");
    const value = Number(text);
    const isPossible = text !== "" && value >= 0 && Number.isFinite(value);
    // These divide or multiply all: with 0 there would be no cost to tell.
    const mayBeZero = name !== "years" && name !== "utilisation";
    return isPossible && (mayBeZero || value > 0) ? value : usualAssumptions[name];
  };
  return {
    pay: state.get("assume.pay", usualAssumptions.pay) === "purchase" ? "purchase" : "hourly",
    years: amount("years"),
    hostShare: amount("hostShare"),
    pricePerKwh: amount("pricePerKwh"),
    hostPowerShare: amount("hostPowerShare"),
    pue: amount("pue"),
    utilisation: Math.min(1, amount("utilisation")),
  };
}

/** Fields of rent or purchase and what follows from it. */
export function AssumptionFields({ state }: { state: UrlState }) {
  const { pay } = assumptionsOfState(state);
  return (
    <>
      <Choice
        label="Pay"
        value={pay}
        options={[
          ["hourly", "rent by the hour"],
          ["purchase", "buy"],
        ]}
        choose={(value) => state.set({ "assume.pay": value === usualAssumptions.pay ? null : value })}
      />
      {[...always, ...(pay === "purchase" ? whenBought : [])].map(([name, label]) => (
        <NumberField
          key={name}
          label={label}
          text={state.get(`assume.${name}`, "")}
          usual={String(usualAssumptions[name])}
          change={(text) => state.set({ [`assume.${name}`]: text === "" ? null : text })}
        />
      ))}
    </>
  );
}
