import * as z from "zod";
import { chipSchema, count, name, positive, workFields } from "./question-schema.ts";
import { mustBe } from "./schema-problems.ts";

const mostTokensPerSecond = 1e12;
const mostNodes = 1e6;
const mostMoney = 1e15;
const mostPerNode = 1024;

const someOf = <Item extends z.ZodType>(item: Item, what: string) =>
  z.array(item, mustBe(`a list of ${what}`)).min(1, `must hold one of ${what} at least`);

/** What somebody needs, and within what. Names are those of the catalog, in any case. */
export const needSchema = z.strictObject({
  ...workFields,
  tokensPerSecond: positive(mostTokensPerSecond).describe(
    "Output tokens a second that the whole installation must give",
  ),
  dataTypes: someOf(name, "data types")
    .optional()
    .describe("Types of the weights that will do; those that were measured on a chip's family when left out"),
  accelerators: someOf(name, "chips")
    .optional()
    .describe("Chips that can be had; all whose family was measured when left out"),
  chips: someOf(chipSchema, "chips").optional().describe("Chips of one's own, ranked with the others"),
  nodeSizes: someOf(count(mostPerNode), "sizes")
    .optional()
    .describe("Accelerators of a node; the sizes in which each chip is sold when left out"),
  maxNodes: count(mostNodes).optional().describe("Most nodes"),
  budgetPerYear: positive(mostMoney)
    .optional()
    .describe("Most that a year may cost, in the currency of the prices"),
  size: z
    .enum(["middle", "low"], mustBe("middle or low"))
    .optional()
    .describe("Count nodes by the middle of a prediction, or by the low end of its interval: to be sure"),
});

/** What somebody needs, and within what. */
export type Need = z.input<typeof needSchema>;
