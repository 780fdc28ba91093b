import { z } from "zod";
import { type Comparison, comparisonSchemaName } from "./comparison.ts";
import { comparedFigures } from "./run-figures.ts";

const numberOrNull = z.number().nullable();
const interval = z.object({ low: z.number(), high: z.number() }).nullable();

/** Checks what was read from a `comparison.json`; fields that it does not know are left out. */
export const comparisonSchema: z.ZodType<Comparison> = z.object({
  schema: z.literal(comparisonSchemaName),
  base: z.string(),
  basis: z.enum(["pairs", "runs", "requests"]),
  sides: z.array(z.object({ name: z.string(), runs: z.array(z.string()), folders: z.array(z.string()) })),
  comparisons: z.array(
    z.object({
      name: z.string(),
      conclusion: z.enum(["faster", "slower", "mixed", "not told apart"]),
      sentence: z.string(),
      differences: z.array(
        z.object({
          figure: z.enum(comparedFigures.map(({ key }) => key)),
          base: numberOrNull,
          other: numberOrNull,
          change: numberOrNull,
          interval,
          familyInterval: interval,
        }),
      ),
    }),
  ),
  notes: z.array(z.string()),
});
