import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
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

const buildFileSchema = z.strictObject({
  sources: z.array(sourceSchema).min(1),
  rules: z.string().nullable().default(null),
});

/**
 * One place of results: a file, a folder whose JSON files are read (runs and sweeps of FlexBench among them), or a checkout
 * of a results repository, whose logs do not say their round. `system` is the description that `flexbench system` wrote, and
 * `set` tells columns that neither it nor the runs know.
 */
export type SourceSpec = z.output<typeof sourceSchema>;

/** A source of which only the path is known. */
export function sourceAt(path: string): SourceSpec {
  return sourceSchema.parse({ name: path, path });
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
