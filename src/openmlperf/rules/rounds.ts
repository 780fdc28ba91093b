import * as z from "zod";

/** Form of `rounds.yaml`: rounds by the day of their publication, each with a page that gives it. */
export const roundsSchema = z.strictObject({
  rounds: z.array(
    z.strictObject({ name: z.string(), published_on: z.iso.date(), source: z.url().nullable() }),
  ),
});

/** Day of publication by round, such as v6.0: 2026-04-01. */
export function publicationDaysOf({ rounds }: z.output<typeof roundsSchema>): ReadonlyMap<string, string> {
  return new Map(rounds.map(({ name, published_on: day }) => [name, day]));
}
