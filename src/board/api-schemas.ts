import * as z from "zod";
import { assumptionsSchema, unitPriceSchema } from "../predict/configuration-cost.ts";
import { needSchema } from "../predict/need-schema.ts";
import { questionSchema } from "../predict/question-schema.ts";

/** Body of `POST api/predict`. */
export { questionSchema };

/** Body of `POST api/choose`: a need, with prices and assumptions that take the place of FlexBench's. */
export const choiceSchema = needSchema.extend({
  prices: z
    .record(z.string(), unitPriceSchema)
    .optional()
    .describe("US dollars of one accelerator, by its name; they take the place of FlexBench's"),
  assumptions: assumptionsSchema
    .partial()
    .optional()
    .describe("What takes the place of FlexBench's assumptions; each may be left out"),
});

/** Body of `POST api/query`. */
export const querySchema = z.strictObject({
  sql: z
    .string({ error: ({ input }) => (input === undefined ? "is needed" : "must be text") })
    .min(1, "must not be empty")
    .describe("A query; the rows of the dataset are the table results"),
});
