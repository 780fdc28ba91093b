import { z } from "zod";
import type { RunRecord } from "./record.ts";
import { costSchema, energySchema, serverMetricsSchema } from "./resource-schemas.ts";
import { serverLaunchSchema } from "./server-launch.ts";

/** Name and version of the schema of `record.json`. */
export const recordSchemaName = "flexbench.run/1";

const numberOrNull = z.number().nullable();
const stringOrNull = z.string().nullable();

const distribution = z.object({
  min: z.number(),
  mean: z.number(),
  max: z.number(),
  p50: z.number(),
  p90: z.number(),
  p95: z.number(),
  p97: z.number(),
  p99: z.number(),
  p999: z.number(),
});

const loadgenResult = z.object({
  version: z.string(),
  sourceSha256: z.string(),
  scenario: z.enum(["SingleStream", "MultiStream", "Server", "Offline"]),
  mode: z.enum(["performance", "accuracy"]),
  validity: z.enum(["VALID", "INVALID"]).nullable(),
  invalidReasons: z.array(z.string()),
  errors: z.array(z.string()),
  warnings: z.array(z.string()),
  summary: z.record(z.string(), z.unknown()),
});

const metrics = z.object({
  samplesPerSecond: numberOrNull,
  tokensPerSecond: numberOrNull,
  promptTokensPerSecond: numberOrNull,
  outputTokens: z.number(),
  ttftNs: distribution.nullable(),
  answerTtftNs: distribution.nullable().default(null),
  tpotNs: distribution.nullable(),
  itlNs: distribution.nullable(),
  latencyNs: distribution.nullable(),
  serviceTtftNs: distribution.nullable(),
  goodput: z.object({ share: z.number(), samplesPerSecond: z.number() }).nullable(),
  tokenCountSource: z.enum(["usage", "token-ids", "tokenizer", "events"]).nullable(),
});

const requests = z.object({
  issued: z.number(),
  completed: z.number(),
  failed: z.number(),
  byError: z.array(z.object({ code: z.string(), count: z.number(), example: z.string() })),
  finishReasons: z.record(z.string(), z.number()),
});

const client = z.object({
  cpuSeconds: z.number(),
  cpuUsPerToken: numberOrNull,
  rssBytes: z.number(),
  workers: z.number(),
  dispatchDelayNs: distribution.nullable(),
  eventLoopDelayNs: z.object({ p50: z.number(), p99: z.number(), max: z.number() }),
  stimulus: z.object({
    cv: numberOrNull,
    lag1: numberOrNull,
    dispersion: numberOrNull,
    askedQps: numberOrNull,
    deliveredQps: numberOrNull,
  }),
  saturated: z.boolean(),
  why: stringOrNull,
});

const figures = z.record(z.string(), z.number());

/** What has a default here is absent from records that were written before answers were scored. */
const accuracy = z.object({
  samples: z.number(),
  emptyAnswers: z.number().default(0),
  metric: stringOrNull.default(null),
  metrics: figures,
  intervals: z.record(z.string(), z.object({ low: z.number(), high: z.number() })).default({}),
  target: figures,
  ceiling: figures.default({}),
  passed: z.boolean().nullable(),
  notes: z.array(z.string()).default([]),
  logSha256: stringOrNull.default(null),
  payload: z.enum(["token-ids", "text"]),
  loadgen: loadgenResult,
});

/** Checks what was read from a `record.json`; fields that it does not know are left out. */
export const recordSchema: z.ZodType<RunRecord> = z.object({
  schema: z.literal(recordSchemaName),
  id: z.string(),
  state: z.enum(["valid", "invalid", "failed", "aborted"]),
  reasons: z.array(z.object({ reason: z.string(), remedy: stringOrNull })),
  simulated: z.boolean(),
  startedAt: z.string(),
  endedAt: z.string(),
  flexbench: z.object({ version: z.string(), commit: stringOrNull }),
  loadgen: loadgenResult.nullable(),
  metrics,
  requests,
  client: client.nullable(),
  accuracy: accuracy.nullable(),
  energy: energySchema.nullable(),
  energyWhy: stringOrNull.default(null),
  cost: costSchema.nullable(),
  costWhy: stringOrNull.default(null),
  serverMetrics: serverMetricsSchema.nullable(),
  serverMetricsWhy: stringOrNull.default(null),
  model: z.object({ name: z.string(), module: z.string() }),
  dataset: z.object({
    name: z.string(),
    source: z.string(),
    sha256: stringOrNull,
    size: z.number(),
    performanceSampleCount: z.number(),
  }),
  endpoints: z.array(
    z.object({
      url: z.string(),
      requests: z.number(),
      failed: z.number(),
      outputTokens: z.number(),
      ttftNs: distribution.nullable(),
      latencyNs: distribution.nullable(),
      takenOut: z.boolean(),
    }),
  ),
  server: z.object({
    name: stringOrNull,
    version: stringOrNull,
    maxModelLength: numberOrNull,
    configuration: z.record(z.string(), z.unknown()).nullable().default(null),
    launch: serverLaunchSchema.nullable().default(null),
  }),
  system: z.object({
    hostname: z.string(),
    os: z.string(),
    cpu: z.string(),
    cores: z.number(),
    memoryBytes: z.number(),
    node: z.string(),
  }),
  config: z.record(z.string(), z.unknown()),
  submission: z
    .object({
      round: z.string(),
      benchmark: z.string(),
      scenario: z.enum(["Offline", "Server", "Interactive", "SingleStream"]),
      fast: z.boolean(),
      audit: z.enum(["TEST01", "TEST04", "TEST06", "TEST07", "TEST09"]).nullable(),
    })
    .nullable()
    .default(null),
  label: z.string(),
});
