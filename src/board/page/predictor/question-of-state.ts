import type { Catalog } from "../../../predict/catalog.ts";
import type { Question } from "../../../predict/question.ts";
import type { UrlState } from "../url-state.ts";
import { given, mostFrequent, workOfState } from "./work-of-state.ts";

/** The question that an address asks; what it leaves out is what results of the model have most often. */
export function questionOfState(
  state: UrlState,
  catalog: Catalog,
): Question & { accelerator: string; accelerators: number } {
  const work = workOfState(state, catalog);
  const ofModel = catalog.results.filter(({ model }) => model === work.model);
  const accelerator = state.get(
    "accelerator",
    mostFrequent((ofModel.length > 0 ? ofModel : catalog.results).map((result) => result.accelerator)) ?? "",
  );
  const ofChip = catalog.results.filter((result) => result.accelerator === accelerator);
  const ofBoth = ofChip.filter(({ model }) => model === work.model);
  const usualType = mostFrequent((ofBoth.length > 0 ? ofBoth : ofChip).map(({ dataType }) => dataType));
  const count = state.get("count", "");
  const engine = state.get("engine", "");
  return {
    ...work,
    accelerator,
    dataType: state.get("type", usualType ?? "bf16"),
    accelerators: count === "" ? (catalog.perNode[accelerator]?.[0] ?? 1) : Number(count),
    ...given("nodes", state.get("nodes", "")),
    ...(engine === "" ? {} : { framework: engine }),
  };
}
