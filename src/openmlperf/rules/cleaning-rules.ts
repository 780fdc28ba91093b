import { readFileSync } from "node:fs";
import { parse } from "yaml";
import * as z from "zod";
import { type Problem, UsageError } from "../../errors.ts";
import { problemsOfRuleFolder, ruleFile } from "../rule-folder.ts";
import { AliasTable } from "./alias-table.ts";
import { expressionOf, patternText } from "./pattern.ts";
import { publicationDaysOf, roundsSchema } from "./rounds.ts";
import { type RowCondition, rowConditionSchema } from "./row-condition.ts";

const alias = z.strictObject({
  name: z.string(),
  spellings: z.array(z.string()).optional(),
  patterns: z
    .array(z.union([patternText, z.strictObject({ pattern: patternText, platform: patternText.optional() })]))
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
    variants: z.array(z.strictObject({ name: z.string(), pattern: patternText })),
  }),
  processors: z.strictObject({
    processors: z.array(alias.extend({ vendor: z.string(), accelerator: z.string().optional() })),
    cores: z.record(z.string(), z.number().int().positive()),
  }),
  "operating-systems": z.strictObject({ operating_systems: z.array(alias) }),
  frameworks: z.strictObject({
    engines: z.array(alias),
    by_model: z.array(
      rowConditionSchema.extend({ software: patternText, engine: z.string(), reason: z.string() }),
    ),
    versions: z.strictObject({
      cuda_version: patternText,
      rocm_version: patternText,
      tensorrt_version: patternText,
      pytorch_version: patternText,
      vllm_version: patternText,
      sglang_version: patternText,
    }),
    not_stated: patternText,
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
    changed: patternText,
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
    kv_cache: z.array(patternText),
  }),
  doubts: z.strictObject({
    flags: z.record(z.string(), z.string()),
    doubts: z.array(rowConditionSchema.extend({ flag: z.string() })),
    shared_figures: z
      .strictObject({ scenarios: z.array(z.string()), digits: z.number().int().positive() })
      .optional(),
  }),
} as const;

type FileName = keyof typeof files;
type Content = { [Name in FileName]: z.infer<(typeof files)[Name]> };

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
  /** In which scenarios figures that submitters share from so many digits on are held for targets. */
  sharedFigures: NonNullable<Content["doubts"]["shared_figures"]>;
  /** What each flag of the dataset means. */
  flagMeanings: Readonly<Record<string, string>>;
}

/**
 * Reads the data files of the rules. A folder of one's own holds those that are to be others; the rest come with FlexBench,
 * and so do meanings of flags and shared figures where its `doubts.yaml` does not tell them.
 * @throws UsageError DATASET_RULES with every problem of every file.
 */
export function loadRules(folder?: string): CleaningRules {
  const problems: Problem[] = problemsOfRuleFolder(folder);
  const content: Record<string, unknown> = {};
  for (const name of Object.keys(files) as FileName[])
    content[name] = readRuleFile(name, ruleFile(folder, `${name}.yaml`), problems);
  const own = folder === undefined ? null : readRuleFile("doubts", ruleFile(undefined, "doubts.yaml"), []);
  const doubts = content.doubts as Content["doubts"] | null;
  const meanings = { ...own?.flags, ...doubts?.flags };
  for (const [index, { flag }] of (doubts?.doubts ?? []).entries())
    if (meanings[flag] === undefined)
      problems.push({
        where: `doubts.yaml doubts.${index}.flag`,
        message: `${flag} has no meaning under flags`,
      });
  if (problems.length > 0) throw new UsageError("DATASET_RULES", problems);
  const sharedFigures = doubts?.shared_figures ?? own?.shared_figures ?? { scenarios: [], digits: 1 };
  return { ...compile(content as Content), sharedFigures, flagMeanings: meanings };
}

function readRuleFile<Name extends FileName>(
  name: Name,
  path: string,
  problems: Problem[],
): Content[Name] | null {
  const file = `${name}.yaml`;
  try {
    const read = files[name].safeParse(parse(readFileSync(path, "utf8")));
    if (read.success) return read.data as Content[Name];
    for (const issue of read.error.issues) problems.push(...problemsOf(file, issue));
  } catch (cause) {
    problems.push({ where: file, message: cause instanceof Error ? cause.message : String(cause) });
  }
  return null;
}

/** A value that may be of two forms is wrong in both: what is wrong with the one that it comes nearest to is told. */
function problemsOf(file: string, issue: z.core.$ZodIssue): Problem[] {
  const own = issue.code === "invalid_union" ? issue.errors.find((one) => one[0]?.code === "custom") : null;
  const issues = own?.map((one) => ({ ...one, path: [...issue.path, ...one.path] })) ?? [issue];
  return issues.map(({ path, message }) => ({ where: `${file} ${path.join(".")}`.trim(), message }));
}

function compile(content: Content): Omit<CleaningRules, "sharedFigures" | "flagMeanings"> {
  return {
    accelerators: new AliasTable(content.accelerators.accelerators),
    acceleratorVariants: content.accelerators.variants.map(({ name, pattern }) => ({
      name,
      expression: expressionOf(pattern),
    })),
    processors: new AliasTable(content.processors.processors),
    processorCores: content.processors.cores,
    operatingSystems: new AliasTable(content["operating-systems"].operating_systems),
    engines: new AliasTable(content.frameworks.engines),
    enginesByModel: content.frameworks.by_model.map(({ software, reason: _reason, ...condition }) => ({
      ...condition,
      software: expressionOf(software),
    })),
    softwareVersions: content.frameworks.versions,
    softwareNotStated: expressionOf(content.frameworks.not_stated),
    interconnects: new AliasTable(content.interconnects.interconnects),
    networks: content.interconnects.networks,
    linkGbps: content.interconnects.gbps,
    memoryTypes: new AliasTable(content.interconnects.memory_types),
    submitters: new AliasTable(content.submitters.submitters),
    publicationDays: publicationDaysOf(content.rounds),
    units: content.units,
    benchmarks: new AliasTable(content.models.benchmarks),
    models: new AliasTable(content.models.models),
    changedModel: expressionOf(content.models.changed),
    dataTypes: content["data-types"],
    doubts: content.doubts.doubts,
  };
}
