import { closestName } from "../config/closest-name.ts";

/** A hint that offers the nearest of the candidates, or lists them all when none is near. */
export function didYouMean(given: string, candidates: readonly string[]): string {
  const nearest = closestName(given, candidates);
  return nearest === null ? `Known: ${candidates.join(", ")}.` : `Did you mean "${nearest}"?`;
}
