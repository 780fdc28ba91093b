import { seededRandom } from "../../dataset/seeded-random.ts";
import type { Scalar } from "./cell.ts";
import type { SearchRange, SearchSettings } from "./search-settings.ts";

/** Settings of a server that a search tries. */
export type Candidate = Record<string, Scalar>;

type Space = SearchSettings["space"];

const drawsForEach = 50;

/** How many candidates a space holds; infinite where a range has fractions. */
export function sizeOf(space: Space): number {
  return Object.values(space).reduce((size, range) => size * countOf(range), 1);
}

/** Different candidates, drawn by the seed; all of a space that holds no more. */
export function drawCandidates(
  { space, seed }: Pick<SearchSettings, "space" | "seed">,
  count: number,
): Candidate[] {
  if (sizeOf(space) <= count) return everyCandidate(space);
  const random = seededRandom(seed, 0);
  const drawn = new Map<string, Candidate>();
  for (let draws = 0; drawn.size < count && draws < count * drawsForEach; draws += 1) {
    const candidate = Object.fromEntries(
      Object.entries(space).map(([name, range]) => [name, valueIn(range, random())]),
    );
    drawn.set(JSON.stringify(candidate), candidate);
  }
  return [...drawn.values()];
}

/** One candidate for each value of a list and each end of a range, so that every value is looked at. */
export function telltaleCandidates(space: Space): Candidate[] {
  const values = Object.entries(space).map(([name, range]) => ({ name, values: endsOf(range) }));
  const most = Math.max(0, ...values.map(({ values: own }) => own.length));
  return Array.from({ length: most }, (_, index) =>
    Object.fromEntries(values.map(({ name, values: own }) => [name, own[index % own.length] ?? ""])),
  );
}

function everyCandidate(space: Space): Candidate[] {
  return Object.entries(space).reduce<Candidate[]>(
    (before, [name, range]) =>
      before.flatMap((candidate) => everyValue(range).map((value) => ({ ...candidate, [name]: value }))),
    [{}],
  );
}

function everyValue(range: SearchRange): Scalar[] {
  if (range.kind === "list") return [...new Set(range.values)];
  const first = Math.round(range.from);
  return Array.from({ length: countOf(range) }, (_, index) => first + index);
}

function endsOf(range: SearchRange): Scalar[] {
  return range.kind === "list" ? range.values : [valueIn(range, 0), valueIn(range, 1)];
}

function countOf(range: SearchRange): number {
  if (range.kind === "list") return new Set(range.values).size;
  return range.whole ? Math.round(range.to) - Math.round(range.from) + 1 : Number.POSITIVE_INFINITY;
}

function valueIn(range: SearchRange, share: number): Scalar {
  if (range.kind === "list") return range.values[Math.floor(share * range.values.length)] ?? "";
  const { from, to, scale, whole } = range;
  const value = scale === "log" ? from * (to / from) ** share : from + share * (to - from);
  return whole ? Math.round(value) : value;
}
