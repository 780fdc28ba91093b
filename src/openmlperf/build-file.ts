import { readFile } from "node:fs/promises";
import { basename, dirname, resolve } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { UsageError } from "../errors.ts";
import { columnNames } from "./row.ts";

const sourceSchema = z.strictObject({
  name: z.string().min(1),
  path: z.string().min(1),
  url: z.string().nullable().default(null),
  commit: z.string().nullable().default(null),
  licence: z.string().nullable().default(null),
  round: z.string().nullable().default(null),
  origin: z.enum(["official", "flexbench"]).default("official"),
  system: z.string().nullable().default(null),
  set: z.partialRecord(z.enum(columnNames), z.union([z.string(), z.number(), z.boolean()])).default({}),
});

const buildFileSchema = z
  .strictObject({
    sources: z.array(sourceSchema).min(1),
    rules: z.string().nullable().default(null),
  })
  .superRefine(({ sources }, context) => {
    for (const [index, { name }] of sources.entries())
      if (sources.findIndex((other) => other.name === name) < index)
        context.addIssue({
          code: "custom",
          path: ["sources", index, "name"],
          message: `${name} is the name of another source`,
        });
  });

/**
 * One place of results: a file, a folder whose JSON files are read (runs and sweeps of FlexBench among them), a checkout
 * of a results repository, whose logs do not say their round, or an earlier build of the dataset, whose rows stay unless
 * another source gives them anew. `system` is the description that `flexbench system` wrote, and
 * `set` tells columns that neither it nor the runs know.
 */
export type SourceSpec = z.output<typeof sourceSchema>;

/** A source of which only the path is known: its name is that of the folder or file, however the path is spelt. */
export function sourceAt(path: string): SourceSpec {
  const whole = resolve(path);
  return sourceSchema.parse({ name: basename(whole) || "source", path: whole });
}

/** Sources of which only the paths are known; equal names are told apart by numbers, in their order. */
export function sourcesAt(paths: readonly string[], taken: readonly string[] = []): SourceSpec[] {
  const names = new Set(taken);
  return paths.map((path) => {
    const source = sourceAt(path);
    let name = source.name;
    for (let number = 2; names.has(name); number += 1) name = `${source.name}-${number}`;
    names.add(name);
    return { ...source, name };
  });
}

/** What a dataset is built from. Sources that come first lead: later ones complete what they left open. */
export interface BuildFile {
  sources: SourceSpec[];
  /** Folder of rule files; null: those that come with FlexBench. */
  rules: string | null;
}

/** Reads a build file; paths in it are relative to it. Throws UsageError `DATASET_BUILD_FILE`. */
export async function readBuildFile(path: string): Promise<BuildFile> {
  let content: unknown;
  try {
    content = parse(await readFile(path, "utf8"));
  } catch (cause) {
    throw new UsageError("DATASET_BUILD_FILE", [{ where: path, message: "cannot be read as YAML" }], {
      cause,
    });
  }
  const outcome = buildFileSchema.safeParse(content);
  if (!outcome.success)
    throw new UsageError(
      "DATASET_BUILD_FILE",
      outcome.error.issues.map((issue) => ({
        where: `${path}: ${issue.path.join(".") || "file"}`,
        message: issue.message,
      })),
    );
  const folder = dirname(path);
  const { sources, rules } = outcome.data;
  return {
    sources: sources.map((source) => ({
      ...source,
      path: resolve(folder, source.path),
      system: source.system === null ? null : resolve(folder, source.system),
    })),
    rules: rules === null ? null : resolve(folder, rules),
  };
}
