import { z } from "zod";
import { duration, number, wholeNumber } from "../../config/run-values.ts";
import { withCamelKeys } from "./camel-keys.ts";

/** Values that a setting of the server may take: a list, or a range. */
export type SearchRange =
  | { kind: "list"; values: (string | number | boolean)[] }
  | { kind: "range"; from: number; to: number; scale: "linear" | "log"; whole: boolean };

/** Figures that must keep a limit; null: no limit. */
export interface SearchLimits {
  ttftP99Ns: number | null;
  tpotP99Ns: number | null;
  latencyP99Ns: number | null;
  /** At least. */
  tokensPerSecond: number | null;
}

/** A search over settings of the server. */
export interface SearchSettings {
  space: Record<string, SearchRange>;
  method: "random" | "successive-halving";
  /** Of the whole search, for each combination of the axes: as many full runs, or their time. */
  budget: { runs: number } | { timeNs: number };
  /** Most tokens a second, or the cheapest tokens, both within the limits. */
  objective: "tokens-per-second" | "cheapest";
  limits: SearchLimits;
  seed: number;
  /** Successive halving: each round keeps one of so many, and gives it so many times as long. */
  keepOneOf: number;
  rounds: number;
}

const plain = z.union([z.string(), z.number(), z.boolean()]);
const above0 = number("above 0", (value) => value > 0);

const range = z.union([
  z
    .array(plain)
    .min(1)
    .transform((values): SearchRange => ({ kind: "list", values })),
  z
    .strictObject({
      from: above0,
      to: above0,
      scale: z.enum(["linear", "log"]).default("linear"),
      whole: z.boolean().default(true),
    })
    .refine(({ from, to }) => to > from, { message: "must end above its beginning" })
    .transform((given): SearchRange => ({ kind: "range", ...given })),
]);

const budget = z.union([
  z.strictObject({ runs: wholeNumber(1) }),
  z.strictObject({ time: duration }).transform(({ time }) => ({ timeNs: time })),
]);

const limits = z.preprocess(
  withCamelKeys,
  z.strictObject({
    ttftP99: duration.nullable().default(null),
    tpotP99: duration.nullable().default(null),
    latencyP99: duration.nullable().default(null),
    tokensPerSecond: above0.nullable().default(null),
  }),
);

/** Reads `search:` of a campaign file. */
export const searchSettings: z.ZodType<SearchSettings> = z
  .preprocess(
    withCamelKeys,
    z.strictObject({
      space: z.record(z.string(), range).refine((space) => Object.keys(space).length > 0, {
        message: "needs a setting of the server at least",
      }),
      method: z.enum(["random", "successive-halving"]).default("successive-halving"),
      budget,
      objective: z.enum(["tokens-per-second", "cheapest"]).default("tokens-per-second"),
      limits: limits.default({ ttftP99: null, tpotP99: null, latencyP99: null, tokensPerSecond: null }),
      seed: wholeNumber(0).default(42),
      keepOneOf: wholeNumber(2).default(3),
      rounds: wholeNumber(1).default(3),
    }),
  )
  .transform(({ limits: { ttftP99, tpotP99, latencyP99, tokensPerSecond }, ...rest }) => ({
    ...rest,
    limits: { ttftP99Ns: ttftP99, tpotP99Ns: tpotP99, latencyP99Ns: latencyP99, tokensPerSecond },
  }));
