import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";
import * as z from "zod";
import { type Problem, UsageError } from "../../errors.ts";
import { AliasTable } from "./alias-table.ts";
import { publicationDaysOf, roundsSchema } from "./rounds.ts";
import { type RowCondition, rowConditionSchema } from "./row-condition.ts";

const alias = z.strictObject({
  name: z.string(),
  spellings: z.array(z.string()).optional(),
  patterns: z
    .array(z.union([z.string(), z.strictObject({ pattern: z.string(), platform: z.string().optional() })]))
    .optional(),
});

const files = {
  accelerators: z.strictObject({
    accelerators: z.array(
      alias.extend({
        vendor: z.string(),
        family: z.string(),
        memory_gb: z.number().positive(),
        memory_type: z.string().optional(),
        link_by_bridge: z.boolean().default(false),
      }),
    ),
    variants: z.array(z.strictObject({ name: z.string(), pattern: z.string() })),
  }),
  processors: z.strictObject({
    processors: z.array(alias.extend({ vendor: z.string(), accelerator: z.string().optional() })),
    cores: z.record(z.string(), z.number().int().positive()),
  }),
  "operating-systems": z.strictObject({ operating_systems: z.array(alias) }),
  frameworks: z.strictObject({
    engines: z.array(alias),
    by_model: z.array(
      rowConditionSchema.extend({ software: z.string(), engine: z.string(), reason: z.string() }),
    ),
    versions: z.strictObject({
      cuda_version: z.string(),
      rocm_version: z.string(),
      tensorrt_version: z.string(),
      pytorch_version: z.string(),
      vllm_version: z.string(),
      sglang_version: z.string(),
    }),
    not_stated: z.string(),
  }),
  interconnects: z.strictObject({
    interconnects: z.array(alias),
    networks: z.array(z.string()),
    gbps: z.record(z.string(), z.number().positive()),
    memory_types: z.array(alias),
  }),
  submitters: z.strictObject({ submitters: z.array(alias) }),
  rounds: roundsSchema,
  units: z.strictObject({
    results: z.record(z.string(), z.array(z.string())),
    repairs: z.array(
      rowConditionSchema.extend({ published: z.string(), is: z.string(), reason: z.string() }),
    ),
    memory_gb: z.record(z.string(), z.number().positive()),
    largest_memory_module_gb: z.number().positive(),
    bare_frequency_is_mhz_from: z.number().positive(),
    missing: z.array(z.string()),
    accuracy: z.record(
      z.string(),
      z.enum([
        "rouge1",
        "rouge2",
        "rougel",
        "rougelsum",
        "exact_match",
        "gsm8k",
        "mbxp",
        "f1",
        "gen_len",
        "tokens_per_sample",
      ]),
    ),
    accuracy_ignored: z.array(z.string()),
    bare_accuracy: z.record(z.string(), z.literal("rouge1")),
    compliance: z.record(z.enum(["passed", "failed"]), z.array(z.string())),
    scenarios: z.array(z.string()),
  }),
  models: z.strictObject({
    benchmarks: z.array(
      alias.extend({
        model: z.string(),
        limits: z.record(z.string(), z.tuple([z.number(), z.number()])).optional(),
        latency_limits: z.record(z.string(), z.number()).optional(),
      }),
    ),
    changed: z.string(),
    models: z.array(
      alias.extend({
        family: z.string(),
        params_total_b: z.number().positive(),
        params_active_b: z.number().positive(),
        moe: z.boolean().default(false),
      }),
    ),
  }),
  "data-types": z.strictObject({
    names: z.record(z.string(), z.array(z.string())),
    effective: z.array(
      rowConditionSchema.extend({
        ...{ id: z.string(), is: z.string(), reason: z.string(), doubt: z.boolean().default(false) },
      }),
    ),
    smaller_types: z.array(z.string()),
    smaller_types_reason: z.string(),
    families_without_fp8: z.array(z.string()),
    families_with_fp4: z.array(z.string()),
    kv_cache: z.array(z.string()),
  }),
  doubts: z.strictObject({
    flags: z.record(z.string(), z.string()),
    doubts: z.array(rowConditionSchema.extend({ flag: z.string() })),
    shared_figures: z.strictObject({ scenarios: z.array(z.string()), digits: z.number().int().positive() }),
  }),
} as const;

type FileName = keyof typeof files;
type Content = { [Name in FileName]: z.infer<(typeof files)[Name]> };

const ownFolder = fileURLToPath(new URL("../data", import.meta.url));

/** Everything that the rules know, as the data files say it. */
export interface CleaningRules {
  accelerators: AliasTable<Content["accelerators"]["accelerators"][number]>;
  acceleratorVariants: { name: string; expression: RegExp }[];
  processors: AliasTable<Content["processors"]["processors"][number]>;
  /** Cores of one processor by its canonical name. */
  processorCores: Readonly<Record<string, number>>;
  operatingSystems: AliasTable<z.infer<typeof alias>>;
  engines: AliasTable<z.infer<typeof alias>>;
  /** Which engine of a list a model ran on. */
  enginesByModel: (RowCondition & { software: RegExp; engine: string })[];
  softwareVersions: Content["frameworks"]["versions"];
  softwareNotStated: RegExp;
  interconnects: AliasTable<z.infer<typeof alias>>;
  /** Words that tell a network between machines. */
  networks: readonly string[];
  /** GB/s of links that are the same for every card, by canonical name. */
  linkGbps: Readonly<Record<string, number>>;
  memoryTypes: AliasTable<z.infer<typeof alias>>;
  submitters: AliasTable<z.infer<typeof alias>>;
  /** Day of publication, by round. */
  publicationDays: ReadonlyMap<string, string>;
  units: Content["units"];
  benchmarks: AliasTable<Content["models"]["benchmarks"][number]>;
  models: AliasTable<Content["models"]["models"][number]>;
  /** Found in the names of a model that was changed. */
  changedModel: RegExp;
  dataTypes: Content["data-types"];
  doubts: Content["doubts"]["doubts"];
  sharedFigures: Content["doubts"]["shared_figures"];
  /** What each flag of the dataset means. */
  flagMeanings: Readonly<Record<string, string>>;
}

/**
 * Reads the data files of the rules.
 * @throws UsageError DATASET_RULES with every problem of every file.
 */
export function loadRules(folder: string = ownFolder): CleaningRules {
  const problems: Problem[] = [];
  const content: Record<string, unknown> = {};
  for (const [name, schema] of Object.entries(files)) {
    const file = `${name}.yaml`;
    try {
      const read = schema.safeParse(parse(readFileSync(join(folder, file), "utf8")));
      if (read.success) content[name] = read.data;
      else
        for (const { path, message } of read.error.issues)
          problems.push({ where: `${file} ${path.join(".")}`.trim(), message });
    } catch (cause) {
      problems.push({ where: file, message: cause instanceof Error ? cause.message : String(cause) });
    }
  }
  if (problems.length > 0) throw new UsageError("DATASET_RULES", problems);
  return compile(content as Content);
}

function compile(content: Content): CleaningRules {
  return {
    accelerators: new AliasTable(content.accelerators.accelerators),
    acceleratorVariants: content.accelerators.variants.map(({ name, pattern }) => ({
      name,
      expression: new RegExp(pattern, "iu"),
    })),
    processors: new AliasTable(content.processors.processors),
    processorCores: content.processors.cores,
    operatingSystems: new AliasTable(content["operating-systems"].operating_systems),
    engines: new AliasTable(content.frameworks.engines),
    enginesByModel: content.frameworks.by_model.map(({ software, reason: _reason, ...condition }) => ({
      ...condition,
      software: new RegExp(software, "iu"),
    })),
    softwareVersions: content.frameworks.versions,
    softwareNotStated: new RegExp(content.frameworks.not_stated, "iu"),
    interconnects: new AliasTable(content.interconnects.interconnects),
    networks: content.interconnects.networks,
    linkGbps: content.interconnects.gbps,
    memoryTypes: new AliasTable(content.interconnects.memory_types),
    submitters: new AliasTable(content.submitters.submitters),
    publicationDays: publicationDaysOf(content.rounds),
    units: content.units,
    benchmarks: new AliasTable(content.models.benchmarks),
    models: new AliasTable(content.models.models),
    changedModel: new RegExp(content.models.changed, "iu"),
    dataTypes: content["data-types"],
    doubts: content.doubts.doubts,
    sharedFigures: content.doubts.shared_figures,
    flagMeanings: content.doubts.flags,
  };
}
