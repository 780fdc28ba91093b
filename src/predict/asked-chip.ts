import type { Problem } from "../errors.ts";
import type { Catalog } from "./catalog.ts";
import { knownItem } from "./known-name.ts";
import type { CaseChip } from "./prediction-case.ts";
import { chipSchema, type OwnChip } from "./question-schema.ts";

/** The chip that a name or figures of one's own mean; null with problems. */
export function askedChip(
  where: string,
  asked: string | OwnChip,
  catalog: Catalog,
  problems: Problem[],
): CaseChip | null {
  if (typeof asked === "string") return knownItem(where, asked, catalog.chips, problems);
  const own: CaseChip = {
    ...asked,
    isCpu: asked.isCpu ?? false,
    vendor: spellingOf(asked.vendor, catalog, ({ vendor }) => vendor),
    family: spellingOf(asked.family, catalog, ({ family }) => family),
  };
  const known = catalog.chips.find(({ name }) => name.toLowerCase() === own.name.toLowerCase());
  if (known === undefined || hasSameFigures(known, own)) return known ?? own;
  problems.push({
    where: `${where}.name`,
    message: `${known.name} is in the catalog with other figures; give yours a name of its own`,
  });
  return null;
}

function spellingOf(word: string, { chips }: Catalog, wordOf: (chip: CaseChip) => string): string {
  const known = chips.find((chip) => wordOf(chip).toLowerCase() === word.toLowerCase());
  return known === undefined ? word : wordOf(known);
}

function hasSameFigures(one: CaseChip, other: CaseChip): boolean {
  const names = Object.keys(chipSchema.shape) as (keyof CaseChip)[];
  return names.every((name) => name === "name" || one[name] === other[name]);
}
