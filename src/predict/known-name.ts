import { closestName } from "../config/closest-name.ts";
import type { Problem } from "../errors.ts";

const mostSuggested = 4;
const mostListed = 12;

/** The item that a name means, in any case; null with a problem that suggests what may have been meant. */
export function knownItem<Item extends { name: string }>(
  where: string,
  name: string,
  items: readonly Item[],
  problems: Problem[],
): Item | null {
  const wanted = name.toLowerCase();
  const item = items.find((one) => one.name.toLowerCase() === wanted);
  if (item !== undefined) return item;
  problems.push({
    where,
    message: `${name} is not known; ${suggestion(
      wanted,
      items.map((one) => one.name),
    )}`,
  });
  return null;
}

/** The spelling of a name that is known, in any case; null with a problem that suggests what may have been meant. */
export function knownName(
  where: string,
  name: string,
  names: readonly string[],
  problems: Problem[],
): string | null {
  const items = names.map((one) => ({ name: one }));
  return knownItem(where, name, items, problems)?.name ?? null;
}

function suggestion(wanted: string, names: readonly string[]): string {
  if (names.length <= mostListed) return `there are ${names.join(", ")}`;
  const placeIn = (name: string): number => name.toLowerCase().indexOf(wanted);
  const containing = names
    .filter((name) => placeIn(name) >= 0)
    .toSorted((one, other) => placeIn(one) - placeIn(other));
  if (containing.length > 0) return `did you mean ${containing.slice(0, mostSuggested).join(" or ")}?`;
  const closest = closestName(wanted, names);
  return closest === null ? `there are ${names.join(", ")}` : `did you mean ${closest}?`;
}
