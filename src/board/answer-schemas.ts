import * as z from "zod";
import { assumedFields } from "../predict/asked-work.ts";
import { latencyTargets } from "../predict/latency-targets.ts";
import { noveltyKinds } from "../predict/novelty.ts";
import { predictedScenarios } from "../predict/prediction-case.ts";
import { chipSchema, questionSchema } from "../predict/question-schema.ts";

// What the interface answers. Later versions may add fields: a reader passes over those that it does not know.

const number = z.number();
const text = z.string();
const scenario = z.enum(predictedScenarios);
const milliseconds = number.nullable().describe("ms at the 99th percentile; null without a limit");

const chip = z.looseObject(chipSchema.shape);
const interval = z.looseObject({ value: number, low: number, high: number }).describe("ns");

const work = z.looseObject({
  model: text,
  scenario,
  workload: text.describe("Benchmark that lengths and limits come from where none were told"),
  promptTokens: number,
  outputTokens: number,
  ttftLimitMs: milliseconds,
  tpotLimitMs: milliseconds,
  assumed: z.array(z.enum(assumedFields)).describe("What nobody told"),
});

const measuredResult = z.looseObject({
  id: text,
  round: text.nullable(),
  division: text.nullable(),
  submitter: text.nullable(),
  system: text.nullable(),
  accelerator: text,
  accelerators: number,
  nodes: number,
  model: text,
  benchmark: text,
  dataType: text,
  framework: text.nullable(),
  scenario,
  tokensPerSecond: number,
  promptTokens: number,
  outputTokens: number,
  ttftLimitMs: milliseconds,
  tpotLimitMs: milliseconds,
  tokensPerJoule: number.nullable().describe("Measured; null where no power was"),
  url: text.nullable(),
});

const supportingResult = measuredResult.extend({
  differs: z.array(text).describe("What sets it apart from what was asked; empty for a like one"),
});

const point = z.looseObject({
  tokensPerSecond: number.describe("Of one accelerator"),
  copies: number.describe("Accelerators that share one copy of the model"),
  nodesOfCopy: number.optional().describe("Nodes that one copy stands in"),
  batch: number.describe("Requests at once on one copy"),
  stepSeconds: number,
  leastStepSeconds: number.optional().describe("A step with one request by itself"),
  prefillSeconds: number.optional().describe("The prefill of one prompt by itself"),
  computeShare: number,
  weightShare: number,
  cacheShare: number,
});

const predicted = z.looseObject({
  state: z.literal("predicted"),
  tokensPerSecond: number.describe("Output tokens a second of the whole system"),
  low: number.describe("Lower end of the 80 % interval"),
  high: number.describe("Upper end of the 80 % interval"),
  perAccelerator: number,
  rooflineTokensPerSecond: number.describe("What the calibrated roofline alone gives"),
  basis: z.enum(noveltyKinds).describe("Which experience the width of the interval rests on"),
  novelty: z.array(z.enum(noveltyKinds)),
  warnings: z.array(text),
  point: point.nullable(),
  latencies: z.looseObject(Object.fromEntries(latencyTargets.map((name) => [name, interval.optional()]))),
});

const refused = z.looseObject({ state: z.literal("refused"), reasons: z.array(text) });

const kilowatts = number.nullable().describe("By rated power; null without a rating");
const cost = z.discriminatedUnion("state", [
  z.looseObject({
    state: z.literal("priced"),
    perYear: number,
    energyPerYear: number.describe("Electricity of one's own in it; 0 when rented"),
    perMillionTokens: number.describe("Of the output tokens that are needed"),
    purchase: number.describe("To be paid at once; 0 when rented"),
    kilowatts,
  }),
  z.looseObject({ state: z.literal("unpriced"), kilowatts }),
]);

const configuration = z.looseObject({
  accelerator: text,
  dataType: text,
  framework: text.nullable(),
  accelerators: number,
  acceleratorsPerNode: number,
  nodes: number,
  isCloudSlice: z.boolean().describe("The node is a part of a machine, which clouds rent and nobody sells"),
  tokensPerSecond: number,
  low: number,
  high: number,
  perNode: predicted,
  cost,
  energy: z
    .looseObject({
      kilowatts: number,
      kilowattHoursPerYear: number,
      joulesPerToken: number.describe("For each output token that is needed"),
    })
    .nullable()
    .describe("By rated power, not measured; null without a rating"),
  others: z
    .array(
      z.looseObject({
        dataType: text,
        acceleratorsPerNode: number,
        nodes: number,
        tokensPerSecond: number,
        perYear: number.nullable(),
      }),
    )
    .describe("The same chips with other types and sizes of node, about as dear or dearer"),
  support: z.array(supportingResult),
});

const limits = z.looseObject({ ttftMs: number.nullable(), tpotMs: number.nullable() });
const model = z.looseObject({
  name: text,
  parameters: number,
  activeParameters: number,
  layers: number,
  hidden_size: number,
  attention_heads: number,
  kv_heads: number,
  head_dim: number,
  experts: number,
  experts_active: number,
  kv_elements_per_token_layer: number,
  full_attention_layers: number.optional(),
  source: text.nullable().optional().describe("Document that the shape was looked up in"),
  confidence: text.optional(),
});

/** What the paths of the interface answer, by the name of the schema. */
export const answerSchemas = {
  PredictAnswer: z.looseObject({
    question: questionSchema,
    work,
    prediction: z.discriminatedUnion("state", [predicted, refused]),
    support: z.array(supportingResult).describe("Measured results, nearest first"),
  }),
  ChooseAnswer: z.looseObject({
    work,
    configurations: z.array(configuration).describe("The cheapest first, those without a price last"),
    leftOut: z.record(text, number).describe("How many candidates fell out, by reason"),
  }),
  QueryAnswer: z.looseObject({
    columns: z.array(text),
    rows: z
      .array(z.record(text, z.unknown()))
      .describe("Values by column; whole numbers that JSON cannot hold are text"),
    truncated: z.boolean().describe("There were more rows than the interface gives"),
  }),
  CatalogAnswer: z.looseObject({
    chips: z.array(chip),
    unmeasured: z.array(text).describe("Chips of which only the specifications are known"),
    models: z.array(model),
    workloads: z.array(
      z.looseObject({
        name: text,
        promptTokens: number,
        outputTokens: number,
        beams: number,
        limits: z.partialRecord(scenario, limits),
      }),
    ),
    frameworks: z.record(text, z.array(text)).describe("By vendor, the most frequent first"),
    perNode: z
      .record(text, z.array(number))
      .describe("Accelerators of a measured node by chip, the most frequent first"),
    results: z.array(measuredResult),
  }),
  Problem: z.looseObject({
    code: text.describe("Stable, in upper case"),
    message: text,
    hint: text.nullable(),
    problems: z.array(z.looseObject({ where: text, message: text })).describe("Everything that is wrong"),
  }),
};

export type AnswerName = keyof typeof answerSchemas;
