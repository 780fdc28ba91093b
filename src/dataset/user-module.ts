import { readdirSync, statSync } from "node:fs";
import { basename, dirname, extname, isAbsolute, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { resolve as resolveModule } from "import-meta-resolve";
import type { z } from "zod";
import { type Problem, UsageError } from "../errors.ts";
import { didYouMean } from "./did-you-mean.ts";

/** What the module is for; begins the codes of its errors. */
export type ModuleKind = "dataset" | "model" | "metric";

/** Endings of JavaScript modules. */
export const moduleExtensions: readonly string[] = [".mjs", ".js", ".cjs"];

/** A name as given, cut at its first colon: `name:argument`. Without a colon the argument is empty. */
export function splitArgument(spec: string): { name: string; argument: string } {
  const colon = spec.indexOf(":");
  return colon < 0
    ? { name: spec, argument: "" }
    : { name: spec.slice(0, colon), argument: spec.slice(colon + 1) };
}

/** Whether a name ends as a JavaScript module does. */
export function isModuleName(name: string): boolean {
  return moduleExtensions.includes(extname(name));
}

/** Whether there is a file (not a folder) at this path. */
export function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}

/**
 * The default export of an ES module, given by path (relative to the working folder) or as an installed package.
 * Throws a UsageError `DATASET_NOT_FOUND` or `DATASET_MODULE_INVALID` (likewise `MODEL_…`).
 */
export async function importUserModule(
  name: string,
  kind: ModuleKind,
  builtinNames: readonly string[],
): Promise<unknown> {
  const url = looksLikePath(name) ? moduleFileUrl(name, kind) : packageUrl(name, kind, builtinNames);
  const namespace = await importing(url, name, kind);
  if (!("default" in namespace)) {
    throw invalidModule(kind, [{ where: name, message: "it has no default export" }]);
  }
  return namespace.default;
}

/** Checks a value that a module gave against its schema and returns the value itself, its methods bound as they were. */
export function checkModuleValue<Value>(
  value: unknown,
  schema: z.ZodType<Value>,
  kind: ModuleKind,
  where: string,
): Value {
  const checked = schema.safeParse(value);
  if (checked.success) {
    return value as Value;
  }
  const problems = checked.error.issues.map(({ path, message }) => ({
    where: path.length === 0 ? where : `${where}, ${path.join(".")}`,
    message,
  }));
  throw invalidModule(kind, problems);
}

/** The error of a module that is there but cannot be used. */
export function invalidModule(kind: ModuleKind, problems: readonly Problem[], cause?: unknown): UsageError {
  const define = { dataset: "defineDataset", model: "defineModel", metric: "defineMetric" }[kind];
  return new UsageError(`${kind.toUpperCase()}_MODULE_INVALID`, problems, {
    hint: `A ${kind} module ends with: export default ${define}({ … }).`,
    ...(cause === undefined ? {} : { cause }),
  });
}

/** The error of something that is not where it was said to be; offers what lies beside it. */
export function pathNotFound(path: string, kind: ModuleKind): UsageError {
  const folder = dirname(resolve(path));
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) {
    return notFound(kind, path, "this is a folder, not a file", "Name a file inside it.");
  }
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) {
    return notFound(kind, path, "there is no such folder", `Looked for ${folder}.`);
  }
  const neighbours = readdirSync(folder).filter((entry) => extname(entry) === extname(path));
  const hint =
    neighbours.length === 0 ? `Looked in ${folder}.` : didYouMean(basename(path), neighbours.toSorted());
  return notFound(kind, path, "there is no such file", hint);
}

/** Whether a name can only be meant as a path, existing or not. */
function looksLikePath(name: string): boolean {
  return isAbsolute(name) || /^\.\.?(\/|$)/.test(name) || isModuleName(name);
}

function moduleFileUrl(name: string, kind: ModuleKind): string {
  if (!isFile(name)) {
    throw pathNotFound(name, kind);
  }
  return pathToFileURL(resolve(name)).href;
}

/** Whether a name is that of an installed package, or of a module within one. */
export function isInstalledPackage(name: string): boolean {
  return installedUrl(splitArgument(name).name) !== null;
}

/** Packages are looked for from the working folder, as the user's project would, and then beside FlexBench itself. */
function installedUrl(name: string): string | null {
  const workingFolder = pathToFileURL(join(process.cwd(), "package.json")).href;
  for (const parent of [workingFolder, import.meta.url]) {
    try {
      return resolveModule(name, parent);
    } catch {
      // Not installed there; the next place may have it.
    }
  }
  return null;
}

function packageUrl(name: string, kind: ModuleKind, builtinNames: readonly string[]): string {
  const url = installedUrl(name);
  if (url !== null) return url;
  throw notFound(
    kind,
    name,
    `it is neither a built-in ${kind}, a file, nor an installed package`,
    didYouMean(name, builtinNames),
  );
}

async function importing(url: string, name: string, kind: ModuleKind): Promise<Record<string, unknown>> {
  try {
    return await import(url);
  } catch (cause) {
    throw invalidModule(kind, [{ where: name, message: `it cannot be imported: ${reasonOf(cause)}` }], cause);
  }
}

/** The message of whatever was thrown. */
export function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

function notFound(kind: ModuleKind, where: string, message: string, hint: string): UsageError {
  return new UsageError(`${kind.toUpperCase()}_NOT_FOUND`, [{ where, message }], { hint });
}
