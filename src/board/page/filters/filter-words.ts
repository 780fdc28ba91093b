import { columnLabel, numberText, shownUnit, unknownWord } from "../wording.ts";
import { type Filter, unknownKey } from "./filter.ts";

const mostNamed = 3;

/** What a filter lets through, in words. */
export function filterText(filter: Filter): string {
  if (filter.column === "duplicate_of" && "values" in filter && filter.values.join() === unknownKey)
    return "no repeated measurements";
  const label = columnLabel(filter.column);
  if ("values" in filter) {
    const named = filter.values.map((value) => (value === unknownKey ? unknownWord : value));
    if (named.length === 0) return `${label}: none`;
    const rest = named.length - mostNamed;
    return `${label}: ${named.slice(0, mostNamed).join(", ")}${rest > 0 ? ` and ${rest} more` : ""}`;
  }
  const { unit, factor } = shownUnit(filter.column);
  const shown = (value: number) => `${numberText(value * factor)}${unit === null ? "" : ` ${unit}`}`;
  if (filter.least !== null && filter.most !== null)
    return `${label}: ${shown(filter.least)} to ${shown(filter.most)}`;
  if (filter.least !== null) return `${label}: at least ${shown(filter.least)}`;
  return filter.most === null ? label : `${label}: at most ${shown(filter.most)}`;
}

/** All filters in one line, for pictures and for those who cannot see the chips. */
export function filterWords(filters: readonly Filter[]): string {
  return filters.length === 0 ? "All rows, without a filter." : `Only ${filters.map(filterText).join("; ")}.`;
}
