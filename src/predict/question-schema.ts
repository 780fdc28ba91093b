import * as z from "zod";
import { predictedScenarios } from "./prediction-case.ts";
import { mustBe } from "./schema-problems.ts";

// What may be asked, for the command, the HTTP interface and the page alike.

/** A number above 0, up to a bound beyond which it is a slip of the unit. */
export function positive(most: number): z.ZodNumber {
  return z
    .number(mustBe("a number above 0"))
    .positive({ error: "must be above 0", abort: true })
    .max(most, `must be at most ${most}`);
}

/** A whole number from 1 on. */
export function count(most: number): z.ZodNumber {
  return z
    .number(mustBe("a whole number above 0"))
    .int("must be a whole number")
    .positive({ error: "must be above 0", abort: true })
    .max(most, `must be at most ${most}`);
}

/** A name of the catalog, in any case. */
export const name = z.string(mustBe("a name")).min(1, "must be a name");

const mostParameters = 1e14;
const leastParameters = 1e6;
const mostExperts = 65_536;
const mostTokens = 1e7;
const mostLimitMs = 1e7;
const mostAccelerators = 1e6;

/** The size of a model that the catalog does not have. */
export const modelSizeSchema = z
  .strictObject({
    name: name.optional().describe("What to call it"),
    parameters: positive(mostParameters)
      .min(leastParameters, "must be at least a million: 8 billion are 8e9")
      .describe("All parameters, such as 32e9"),
    activeParameters: positive(mostParameters)
      .optional()
      .describe("Those that a token passes through; all when left out"),
    experts: count(mostExperts).optional().describe("Experts of a layer; 1 when left out: a dense model"),
    expertsActive: count(mostExperts).optional().describe("Experts that a token takes; 1 when left out"),
  })
  .refine(
    ({ parameters, activeParameters }) => activeParameters === undefined || activeParameters <= parameters,
    { path: ["activeParameters"], error: "cannot be more than all parameters" },
  )
  .refine(({ experts = 1, expertsActive = 1 }) => expertsActive <= experts, {
    path: ["expertsActive"],
    error: "cannot be more than the experts of a layer",
  });

/** A chip with what the roofline needs of it, as the catalog gives it. */
export const chipSchema = z.strictObject({
  name,
  vendor: name.describe("Its maker; tells which engines run on it"),
  family: name.describe("Its architecture, such as Hopper; a known one makes a prediction surer"),
  memoryGb: positive(1e5).describe("Memory of one, GB"),
  memory_bandwidth_tbps: positive(1e4).describe("TB/s of one"),
  peak_bf16_tflops: positive(1e6).describe("Dense peak of bf16, TFLOPS"),
  peak_fp8_tflops: positive(1e6).optional().describe("Dense peak of fp8; left out where it computes none"),
  peak_fp4_tflops: positive(1e6).optional().describe("Dense peak of fp4; left out where it computes none"),
  peak_int8_tops: positive(1e6).optional().describe("Dense peak of int8; left out where it computes none"),
  interconnect_gbps: positive(1e6)
    .optional()
    .describe("Link between accelerators, both ways, GB/s; 64 when left out"),
  tdp_w: positive(1e5).optional().describe("Rated power of one, W; 500 when left out, and no energy is told"),
  accelerator_year: z
    .number(mustBe("a year"))
    .int("must be a year")
    .min(2000, "must be a year since 2000")
    .max(2100, "must be a year up to 2100")
    .optional()
    .describe("Year of its release; 2024 when left out"),
  isCpu: z.boolean(mustBe("true or false")).default(false).describe("A processor rather than an accelerator"),
});

/** Which model is served how: what a question and a need have in common. */
export const workFields = {
  model: z
    .union([name, modelSizeSchema], mustBe("a model of the catalog or the size of another one"))
    .describe("A model of the catalog, or the size of another one"),
  scenario: z.enum(predictedScenarios, mustBe(`one of ${predictedScenarios.join(", ")}`)),
  workload: name
    .optional()
    .describe(
      "Benchmark whose lengths and limits hold where no others are given; that of the model, else llama2-70b",
    ),
  promptTokens: positive(mostTokens).optional().describe("Mean prompt length"),
  outputTokens: positive(mostTokens).optional().describe("Mean answer length"),
  ttftLimitMs: positive(mostLimitMs).optional().describe("TTFT at the 99th percentile, ms; Offline has none"),
  tpotLimitMs: positive(mostLimitMs).optional().describe("TPOT at the 99th percentile, ms; Offline has none"),
  framework: name.optional().describe("Serving engine; the most frequent one of the chip's vendor"),
};

/** What somebody wants to know the throughput of. Names are those of the catalog, in any case. */
export const questionSchema = z.strictObject({
  ...workFields,
  dataType: name.describe("Effective type of the weights: fp4, fp8, int8, int4, bf16, fp16 or fp32"),
  accelerator: z
    .union([name, chipSchema], mustBe("a chip of the catalog or the figures of another one"))
    .describe("A chip of the catalog, or the figures of another one"),
  accelerators: count(mostAccelerators).default(1).describe("How many of them"),
  nodes: count(mostAccelerators)
    .optional()
    .describe("Over how many machines; as many as the usual node of the chip needs"),
  time: z
    .number(mustBe("a year with fraction"))
    .min(2000, "must be a year since 2000")
    .max(2100, "must be a year up to 2100")
    .optional()
    .describe("Year with fraction; that of the latest results when left out"),
});

/** What somebody wants to know the throughput of. */
export type Question = z.input<typeof questionSchema>;
/** What a person knows of a model that no result names. */
export type ModelSize = z.input<typeof modelSizeSchema>;
/** A chip of one's own. */
export type OwnChip = z.input<typeof chipSchema>;
