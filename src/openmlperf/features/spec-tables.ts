import { readFileSync } from "node:fs";
import { parse } from "yaml";
import * as z from "zod";
import { type Problem, UsageError } from "../../errors.ts";
import { ruleFile } from "../rule-folder.ts";
import { publicationDaysOf, roundsSchema } from "../rules/rounds.ts";

const chipFigures = {
  peak_bf16_tflops: z.number().positive().optional(),
  peak_fp8_tflops: z.number().positive().optional(),
  peak_fp4_tflops: z.number().positive().optional(),
  peak_int8_tops: z.number().positive().optional(),
  memory_bandwidth_tbps: z.number().positive().optional(),
  interconnect_gbps: z.number().positive().optional(),
  tdp_w: z.number().positive().optional(),
  accelerator_year: z.number().int().optional(),
  accelerator_released: z
    .string()
    .regex(/^20\d\d-(0[1-9]|1[0-2])$/u, "must be a month, such as 2025-06")
    .optional(),
};

/** Names of what is known of a chip; they are columns of the dataset. */
export const chipColumns = Object.keys(chipFigures) as (keyof typeof chipFigures)[];

const confidence = z.enum(["high", "medium", "low"]);
const count = z.number().int().positive();

const sources = z.record(
  z.string(),
  z.strictObject({ title: z.string(), publisher: z.string(), url: z.url() }),
);

const specificationsSchema = z.strictObject({
  sources,
  accelerators: z.array(
    z.strictObject({
      name: z.string(),
      values: z.array(z.strictObject({ source: z.string().nullable(), confidence, ...chipFigures })).min(1),
    }),
  ),
});

const shapesSchema = z.strictObject({
  sources,
  models: z.array(
    z.strictObject({
      name: z.string(),
      source: z.string().nullable(),
      confidence,
      layers: count,
      hidden_size: count,
      attention_heads: count,
      kv_heads: count,
      head_dim: count,
      experts: count,
      experts_active: count,
      kv_elements_per_token_layer: count,
      full_attention_layers: count.optional(),
    }),
  ),
  benchmarks: z.array(
    z.strictObject({
      name: z.string(),
      beams: count,
      mean_output_tokens: z.number().positive(),
      output_source: z.string().nullable(),
      mean_prompt_tokens: z.number().positive(),
      prompt_source: z.string().nullable(),
    }),
  ),
});

type Specifications = z.output<typeof specificationsSchema>;
type Shapes = z.output<typeof shapesSchema>;

/** What one chip can do; a figure that is missing is unknown, or the chip has no such unit. */
export type Chip = { [Name in (typeof chipColumns)[number]]?: z.output<(typeof chipFigures)[Name]> };
/** Shape of a model. */
export type ModelShape = Shapes["models"][number];
/** Mean lengths of a benchmark's set. */
export type BenchmarkLengths = Shapes["benchmarks"][number];

/** Everything that is known of chips, models, benchmarks and rounds, by name. */
export interface SpecTables {
  chips: ReadonlyMap<string, Chip>;
  models: ReadonlyMap<string, ModelShape>;
  benchmarks: ReadonlyMap<string, BenchmarkLengths>;
  /** Day of publication of each round, ISO 8601. */
  publicationDays: ReadonlyMap<string, string>;
  /** The table of chips as written, with the source of every value. */
  specifications: Specifications;
  /** The documents that the shapes were looked up in, by key. */
  shapeSources: Shapes["sources"];
}

/**
 * Reads `specifications.yaml`, `shapes.yaml` and `rounds.yaml`, each from the folder of one's own rules where it has it.
 * @throws UsageError DATASET_RULES with every problem of all, also for values whose source is not listed.
 */
export function loadSpecTables(folder?: string): SpecTables {
  const problems: Problem[] = [];
  const specifications = read(folder, "specifications.yaml", specificationsSchema, problems);
  const shapes = read(folder, "shapes.yaml", shapesSchema, problems);
  const rounds = read(folder, "rounds.yaml", roundsSchema, problems);
  for (const { name, values } of specifications?.accelerators ?? [])
    for (const { source } of values)
      if (source !== null && specifications?.sources[source] === undefined)
        problems.push({ where: `specifications.yaml ${name}`, message: `source ${source} is not listed` });
  const shapeSources = [
    ...(shapes?.models ?? []).map(({ name, source }) => ({ name, source })),
    ...(shapes?.benchmarks ?? []).flatMap(({ name, output_source, prompt_source }) =>
      [output_source, prompt_source].map((source) => ({ name, source })),
    ),
  ];
  for (const { name, source } of shapeSources)
    if (source !== null && shapes?.sources[source] === undefined)
      problems.push({ where: `shapes.yaml ${name}`, message: `source ${source} is not listed` });
  if (specifications === null || shapes === null || rounds === null || problems.length > 0)
    throw new UsageError("DATASET_RULES", problems);
  return {
    chips: new Map(specifications.accelerators.map(({ name, values }) => [name, chipOf(values)])),
    models: new Map(shapes.models.map((model) => [model.name, model])),
    benchmarks: new Map(shapes.benchmarks.map((benchmark) => [benchmark.name, benchmark])),
    publicationDays: publicationDaysOf(rounds),
    specifications,
    shapeSources: shapes.sources,
  };
}

function chipOf(values: Specifications["accelerators"][number]["values"]): Chip {
  const chip: Chip = {};
  for (const { source: _source, confidence: _confidence, ...figures } of values) Object.assign(chip, figures);
  return chip;
}

function read<Content>(
  folder: string | undefined,
  file: string,
  schema: z.ZodType<Content>,
  problems: Problem[],
): Content | null {
  try {
    const outcome = schema.safeParse(parse(readFileSync(ruleFile(folder, file), "utf8")));
    if (outcome.success) return outcome.data;
    for (const { path, message } of outcome.error.issues)
      problems.push({ where: `${file} ${path.join(".")}`.trim(), message });
  } catch (cause) {
    problems.push({ where: file, message: cause instanceof Error ? cause.message : String(cause) });
  }
  return null;
}
