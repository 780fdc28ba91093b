import type { Catalog } from "../../../predict/catalog.ts";
import type { Need } from "../../../predict/choose.ts";
import { given, workOfState } from "../predictor/work-of-state.ts";
import type { UrlState } from "../url-state.ts";

export const usualTokensPerSecond = "50000";

/** The need that an address tells. */
export function needOfState(state: UrlState, catalog: Catalog): Need {
  const dataTypes = state.getAll("type");
  const accelerators = state.getAll("accelerator");
  return {
    ...workOfState(state, catalog),
    tokensPerSecond: Number(state.get("tokens", usualTokensPerSecond)),
    size: state.get("size", "middle") === "low" ? "low" : "middle",
    ...(dataTypes.length === 0 ? {} : { dataTypes }),
    ...(accelerators.length === 0 ? {} : { accelerators }),
    ...given("maxNodes", state.get("max-nodes", "")),
    ...given("budgetPerYear", state.get("budget", "")),
  };
}
