import { readFileSync } from "node:fs";
import { parse } from "yaml";
import * as z from "zod";
import { type Problem, UsageError } from "../../errors.ts";
import { problemsOfRuleFolder, ruleFile } from "../rule-folder.ts";
import { AliasTable } from "./alias-table.ts";
import { expressionOf, patternText } from "./pattern.ts";
import { rowConditionSchema } from "./row-condition.ts";

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
      }),
    ),
    variants: z.array(z.strictObject({ name: z.string(), pattern: patternText })),
  }),
  processors: z.strictObject({
    processors: z.array(alias.extend({ vendor: z.string(), accelerator: z.string().optional() })),
  }),
  "operating-systems": z.strictObject({ operating_systems: z.array(alias) }),
  frameworks: z.strictObject({
    engines: z.array(alias),
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
    memory_types: z.array(alias),
  }),
  submitters: z.strictObject({ submitters: z.array(alias) }),
  units: z.strictObject({
    results: z.record(z.string(), z.array(z.string())),
    repairs: z.array(
      rowConditionSchema.extend({ published: z.string(), is: z.string(), reason: z.string() }),
    ),
    memory_gb: z.record(z.string(), z.number().positive()),
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
    bare_accuracy: z.record(z.string(), z.literal("rouge1")),
    scenarios: z.array(z.string()),
  }),
  models: z.strictObject({
    benchmarks: z.array(
      alias.extend({
        model: z.string(),
        limits: z.record(z.string(), z.tuple([z.number(), z.number()])).optional(),
      }),
    ),
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
    effective: z.array(rowConditionSchema.extend({ id: z.string(), is: z.string(), reason: z.string() })),
    smaller_types: z.array(z.string()),
    smaller_types_reason: z.string(),
    families_without_fp8: z.array(z.string()),
  }),
  doubts: z.strictObject({
    flags: z.record(z.string(), z.string()),
    doubts: z.array(rowConditionSchema.extend({ flag: z.string() })),
  }),
} as const;

type FileName = keyof typeof files;
type Content = { [Name in FileName]: z.infer<(typeof files)[Name]> };

/** Everything that the rules know, as the data files say it. */
export interface CleaningRules {
  accelerators: AliasTable<Content["accelerators"]["accelerators"][number]>;
  acceleratorVariants: { name: string; expression: RegExp }[];
  processors: AliasTable<Content["processors"]["processors"][number]>;
  operatingSystems: AliasTable<z.infer<typeof alias>>;
  engines: AliasTable<z.infer<typeof alias>>;
  softwareVersions: Content["frameworks"]["versions"];
  softwareNotStated: RegExp;
  interconnects: AliasTable<z.infer<typeof alias>>;
  /** Words that tell a network between machines. */
  networks: readonly string[];
  memoryTypes: AliasTable<z.infer<typeof alias>>;
  submitters: AliasTable<z.infer<typeof alias>>;
  units: Content["units"];
  benchmarks: AliasTable<Content["models"]["benchmarks"][number]>;
  models: AliasTable<Content["models"]["models"][number]>;
  dataTypes: Content["data-types"];
  doubts: Content["doubts"]["doubts"];
  /** What each flag of the dataset means. */
  flagMeanings: Readonly<Record<string, string>>;
}

/**
 * Reads the data files of the rules. A folder of one's own holds those that are to be others; the rest come with FlexBench,
 * and so do meanings of flags that it does not tell.
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
  return { ...compile(content as Content), flagMeanings: meanings };
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

function compile(content: Content): CleaningRules {
  return {
    accelerators: new AliasTable(content.accelerators.accelerators),
    acceleratorVariants: content.accelerators.variants.map(({ name, pattern }) => ({
      name,
      expression: expressionOf(pattern),
    })),
    processors: new AliasTable(content.processors.processors),
    operatingSystems: new AliasTable(content["operating-systems"].operating_systems),
    engines: new AliasTable(content.frameworks.engines),
    softwareVersions: content.frameworks.versions,
    softwareNotStated: expressionOf(content.frameworks.not_stated),
    interconnects: new AliasTable(content.interconnects.interconnects),
    networks: content.interconnects.networks,
    memoryTypes: new AliasTable(content.interconnects.memory_types),
    submitters: new AliasTable(content.submitters.submitters),
    units: content.units,
    benchmarks: new AliasTable(content.models.benchmarks),
    models: new AliasTable(content.models.models),
    dataTypes: content["data-types"],
    doubts: content.doubts.doubts,
    flagMeanings: content.doubts.flags,
  };
}
