import { z } from "zod";

const numberOrNull = z.number().nullable();
const stringOrNull = z.string().nullable();

/** `energy` of a record. */
export const energySchema = z.object({
  windowNs: z.number(),
  joules: z.number(),
  meanWatts: z.number(),
  maxWatts: z.number(),
  tokensPerJoule: numberOrNull,
  sources: z.array(
    z.object({
      name: z.string(),
      scope: z.enum(["system", "accelerators", "processors"]),
      readings: z.number(),
      joules: numberOrNull,
      meanWatts: numberOrNull,
      maxWatts: numberOrNull,
      counted: z.boolean(),
      why: stringOrNull,
    }),
  ),
});

/** `cost` of a record. */
export const costSchema = z.object({
  pricePerHour: z.number(),
  currency: z.string(),
  perMillionOutputTokens: numberOrNull,
  perMillionTokens: numberOrNull,
  perThousandRequests: numberOrNull,
  source: z.string(),
});

const gauge = z.object({ mean: z.number(), max: z.number() }).nullable();

/** `serverMetrics` of a record. */
export const serverMetricsSchema = z.object({
  sources: z.array(
    z.object({ url: z.string(), server: z.string(), scrapes: z.number(), missed: z.number() }),
  ),
  running: gauge,
  waiting: gauge,
  kvCacheUse: gauge,
  preemptions: numberOrNull,
  prefixHitShare: numberOrNull,
  promptTokens: numberOrNull,
  generationTokens: z.object({
    server: numberOrNull,
    client: numberOrNull,
    difference: numberOrNull,
    checked: z.boolean(),
    why: stringOrNull,
  }),
});
