import * as z from "zod";
import { predictedScenarios } from "../predict/prediction-case.ts";

const positive = z.number().positive();

const modelSize = z.strictObject({
  name: z.string().optional().describe("What to call it"),
  parameters: positive.describe("All parameters"),
  activeParameters: positive.optional().describe("Those that a token passes through"),
  experts: z.number().int().positive().optional().describe("Experts of a layer"),
  expertsActive: z.number().int().positive().optional().describe("Experts that a token takes"),
});

const work = {
  model: z.union([z.string(), modelSize]).describe("A model of the catalog, or the size of another one"),
  scenario: z.enum(predictedScenarios),
  workload: z.string().optional().describe("Benchmark whose lengths and limits hold"),
  promptTokens: positive.optional().describe("Mean prompt length"),
  outputTokens: positive.optional().describe("Mean answer length"),
  ttftLimitMs: positive.optional().describe("TTFT at the 99th percentile, ms"),
  tpotLimitMs: positive.optional().describe("TPOT at the 99th percentile, ms"),
  framework: z.string().optional().describe("Serving engine"),
};

/** Body of `POST api/predict`. */
export const questionSchema = z.strictObject({
  ...work,
  dataType: z.string().describe("Type of the weights: fp4, fp8, int8, int4, bf16, fp16 or fp32"),
  accelerator: z.string().describe("A chip of the catalog"),
  accelerators: z.number().int().positive().default(1),
  nodes: z.number().int().positive().optional(),
});

const assumptions = z.strictObject({
  pay: z.enum(["hourly", "purchase"]),
  years: positive,
  hostShare: z.number().min(0).describe("Price of the machine around its accelerators, as a share of theirs"),
  pricePerKwh: z.number().min(0),
  hostPowerShare: z.number().min(0).describe("Power beside the accelerators' rating, as a share of it"),
  pue: z.number().min(1),
  utilisation: z
    .number()
    .positive()
    .max(1)
    .describe("Share of the year in which the throughput is asked for"),
});

/** Body of `POST api/choose`. */
export const needSchema = z.strictObject({
  ...work,
  tokensPerSecond: positive.describe("Output tokens a second that all nodes together must give"),
  dataTypes: z.array(z.string()).min(1).optional().describe("Types of the weights that will do"),
  accelerators: z.array(z.string()).min(1).optional().describe("Chips that can be had"),
  maxNodes: z.number().int().positive().optional(),
  budgetPerYear: positive.optional(),
  size: z
    .enum(["middle", "low"])
    .optional()
    .describe("Count nodes by the middle or the low end of predictions"),
  prices: z
    .record(z.string(), z.strictObject({ hourly: positive.nullable(), purchase: positive.nullable() }))
    .optional()
    .describe("Prices of one accelerator that take the place of FlexBench's"),
  assumptions: assumptions.partial().optional().describe("What takes the place of FlexBench's assumptions"),
});

/** Body of `POST api/query`. */
export const querySchema = z.strictObject({
  sql: z.string().min(1).describe("A query; the rows of the dataset are the table results"),
});
