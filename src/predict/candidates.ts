import type { Problem } from "../errors.ts";
import { askedChip } from "./asked-chip.ts";
import type { Catalog } from "./catalog.ts";
import { knownItem, knownName } from "./known-name.ts";
import type { Need } from "./need-schema.ts";
import { type CaseChip, caseDataTypes } from "./prediction-case.ts";
import { impossibilities } from "./question.ts";
import { type SoldNode, soldNodes } from "./sold-nodes.ts";

/** A chip that may meet a need in a type, and the nodes in which it can be had. */
export interface Candidate {
  chip: CaseChip;
  dataType: string;
  nodes: SoldNode[];
}

/** What a need names, by the catalog; null stands for what it leaves open. */
export interface NamedInNeed {
  accelerators: CaseChip[] | null;
  chips: CaseChip[];
  dataTypes: string[] | null;
}

/** Types that are tried where none are named: those in which results were published. */
const usualTypes = ["fp4", "fp8", "int8", "int4", "bf16"];

/** Looks up the names of a need and adds a problem for each that is not known. */
export function namedInNeed(
  need: Pick<Need, "accelerators" | "dataTypes" | "chips">,
  catalog: Catalog,
  problems: Problem[],
): NamedInNeed {
  const { accelerators, dataTypes, chips = [] } = need;
  const known = <Item>(item: Item | null): Item[] => (item === null ? [] : [item]);
  return {
    accelerators:
      accelerators?.flatMap((name) => known(knownItem("accelerators", name, catalog.chips, problems))) ??
      null,
    chips: chips.flatMap((own, index) => known(askedChip(`chips.${index}`, own, catalog, problems))),
    dataTypes:
      dataTypes?.flatMap((name) => known(knownName("dataTypes", name, caseDataTypes, problems))) ?? null,
  };
}

/**
 * Chips and types that may meet a need. Left to itself it takes chips whose family was measured, in types that were measured
 * on the family; what is named is taken with a warning. `leave` is told why others are none, once for each chip and type.
 */
export function candidatesOf(
  named: NamedInNeed,
  { nodeSizes }: Pick<Need, "nodeSizes">,
  framework: string | null,
  catalog: Catalog,
  leave: (why: string) => void,
): Candidate[] {
  const measured = measuredTypes(catalog);
  const candidates: Candidate[] = [];
  const chips = [...(named.accelerators ?? catalog.chips), ...named.chips];
  const isNamed = (chip: CaseChip): boolean => named.accelerators !== null || named.chips.includes(chip);
  for (const chip of new Set(chips))
    for (const dataType of new Set(named.dataTypes ?? usualTypes)) {
      const types = measured.get(chip.family);
      if (impossibilities(chip, dataType, framework ?? undefined, catalog).length > 0)
        leave("the chip does not compute that type, or the engine does not run on it");
      else if (types === undefined && !isNamed(chip))
        leave("no chip of the family was measured: name it, and it is ranked with a warning");
      else if (types !== undefined && !types.has(width(dataType)) && named.dataTypes === null)
        leave("the type was not measured on the chip's family: name it, and it is ranked with a warning");
      else
        candidates.push({
          ...{ chip, dataType },
          nodes:
            nodeSizes?.map((accelerators) => ({ accelerators, isCloudSlice: false })) ??
            soldNodes(chip, catalog),
        });
    }
  return candidates;
}

/** Types in which results of each family exist. */
function measuredTypes({ chips, results }: Catalog): Map<string, Set<string>> {
  const families = new Map(chips.map(({ name, family }) => [name, family]));
  const types = new Map<string, Set<string>>();
  for (const { accelerator, dataType } of results) {
    const family = families.get(accelerator) ?? accelerator;
    types.set(family, (types.get(family) ?? new Set()).add(width(dataType)));
  }
  return types;
}

/** The two types of 16 bits are computed alike. */
const width = (dataType: string): string => (dataType === "fp16" ? "bf16" : dataType);
