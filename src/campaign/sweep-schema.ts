import { z } from "zod";
import { costSchema } from "../results/resource-schemas.ts";
import { type SweepRecord, sweepSchemaName } from "./sweep-record.ts";

const numberOrNull = z.number().nullable();
const mean = z
  .object({ mean: z.number(), interval: z.object({ low: z.number(), high: z.number() }).nullable() })
  .nullable();

const figureNames = [
  "samplesPerSecond",
  "tokensPerSecond",
  "keptUpShare",
  "ttftP50Ns",
  "ttftP99Ns",
  "serviceTtftP50Ns",
  "serviceTtftP99Ns",
  "tpotP50Ns",
  "tpotP99Ns",
  "latencyP50Ns",
  "latencyP99Ns",
  "goodputShare",
  "goodputPerSecond",
] as const;

const run = z.object({
  name: z.string(),
  role: z.enum(["probe", "point", "trial"]),
  load: z.number(),
  repeat: z.number(),
  folder: z.string(),
  state: z.enum(["valid", "invalid", "failed", "aborted"]),
  endedEarly: z.boolean(),
  figures: z.record(z.enum(figureNames), numberOrNull),
  cost: costSchema.nullable().default(null),
});

const point = z.object({
  load: z.number(),
  runs: z.number(),
  valid: z.number(),
  failed: z.number(),
  figures: z.record(z.enum(figureNames), mean),
});

const search = z.object({
  qps: numberOrNull,
  found: z.boolean(),
  confirmations: z.number(),
  limit: z.object({ median: z.number(), low: z.number(), high: z.number() }).nullable(),
  resolution: z.number(),
  trials: z.array(
    z.object({
      index: z.number(),
      qps: z.number(),
      length: z.enum(["short", "full"]),
      purpose: z.enum(["bracket", "search", "confirm"]),
      valid: z.boolean(),
    }),
  ),
});

/** Checks what was read from a `sweep.json`; fields that it does not know are left out. */
export const sweepSchema: z.ZodType<SweepRecord> = z.object({
  schema: z.literal(sweepSchemaName),
  id: z.string(),
  state: z.enum(["running", "finished", "interrupted"]),
  startedAt: z.string(),
  endedAt: z.string().nullable(),
  flexbench: z.object({ version: z.string(), commit: z.string().nullable() }),
  plan: z.object({
    kind: z.enum(["qps", "concurrency", "find-max"]),
    loads: z.array(z.number()).nullable(),
    autoPoints: numberOrNull,
    repeats: z.number(),
    coolDownNs: z.number(),
    search: z
      .object({ resolution: z.number(), confirmations: z.number(), trialQueries: z.number() })
      .nullable(),
    config: z.record(z.string(), z.unknown()),
  }),
  capacity: numberOrNull,
  runs: z.array(run),
  summary: z
    .object({
      points: z.array(point),
      highestValid: numberOrNull,
      saturation: z.object({ load: z.number(), samplesPerSecond: z.number() }).nullable(),
      knee: z.object({ load: z.number(), why: z.string() }).nullable(),
    })
    .nullable(),
  search: search.nullable(),
});
