import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { parseDocument } from "yaml";
import type { Problem } from "../errors.ts";
import { closestName } from "./closest-name.ts";
import {
  camelCase,
  flagOf,
  type RunOptionKey,
  runOptionKeys,
  runOptions,
  variableOf,
} from "./run-options.ts";

/** A value as the user wrote it, and the place to name when it is wrong. */
export interface GivenValue {
  where: string;
  value: unknown;
}

/** What one source gave, by option, and what is wrong with the source itself. */
export interface Source {
  values: Map<RunOptionKey, GivenValue>;
  problems: Problem[];
}

/** Reads parsed flags, keyed in either spelling. */
export function valuesOfFlags(flags: Readonly<Record<string, unknown>>): Source {
  const source: Source = { values: new Map(), problems: [] };
  for (const [name, value] of Object.entries(flags)) {
    if (value === undefined) continue;
    const key = optionKey(name);
    const where = name.length === 1 ? `-${name}` : flagOf(name);
    if (key === null) source.problems.push(unknownName(where, name, flagOf));
    else source.values.set(key, { where, value });
  }
  return source;
}

/** Reads FLEXBENCH_* variables; an empty one counts as absent, one of another purpose is left alone. */
export function valuesOfEnvironment(environment: Readonly<Record<string, string | undefined>>): Source {
  const source: Source = { values: new Map(), problems: [] };
  const keysByVariable = new Map(runOptionKeys.map((key) => [variableOf(key), key]));
  for (const [name, value] of Object.entries(environment)) {
    if (!name.startsWith("FLEXBENCH_") || value === undefined || value === "") continue;
    const key = keysByVariable.get(name);
    if (key !== undefined) source.values.set(key, { where: name, value: splitVariable(key, value) });
    else {
      const meant = closestName(name.slice("FLEXBENCH_".length), runOptionKeys.map(variableSuffix));
      if (meant !== null) {
        const message = `is not a known variable; did you mean FLEXBENCH_${meant}?`;
        source.problems.push({ where: name, message });
      }
    }
  }
  return source;
}

function variableSuffix(key: RunOptionKey): string {
  return variableOf(key).slice("FLEXBENCH_".length);
}

/** URLs are separated by commas or blanks; pairs by line ends, as their values may hold anything else. */
function splitVariable(key: RunOptionKey, value: string): unknown {
  if (runOptions[key].kind === "list") return value.split(/[\s,]+/).filter((part) => part !== "");
  if (runOptions[key].kind === "pairs") return value.split(/[\r\n]+/).filter((part) => part !== "");
  return value;
}

/** Reads a YAML file, keyed in either spelling; null stands for "not set". */
export function valuesOfFile(path: string): Source {
  const source: Source = { values: new Map(), problems: [] };
  const content = readYaml(path);
  if ("problem" in content) return { values: source.values, problems: [content.problem] };
  for (const [name, value] of Object.entries(content.mapping)) {
    const where = `${basename(path)}: ${name}`;
    const key = optionKey(name);
    if (key === null) source.problems.push(unknownName(where, name, (meant) => meant));
    else if (source.values.has(key)) source.problems.push({ where, message: "is given in both spellings" });
    else if (value !== null) source.values.set(key, { where, value });
  }
  return source;
}

function readYaml(path: string): { mapping: Record<string, unknown> } | { problem: Problem } {
  let yaml: string;
  try {
    yaml = readFileSync(path, "utf8");
  } catch (error) {
    const reason = error instanceof Error && "code" in error ? ` (${error.code})` : "";
    return { problem: { where: "--config", message: `${path} cannot be read${reason}` } };
  }
  const document = parseDocument(yaml);
  const [mistake] = document.errors;
  if (mistake !== undefined) {
    const [sentence] = mistake.message.split("\n");
    return { problem: { where: basename(path), message: `is not YAML: ${sentence?.replace(/:$/, "")}` } };
  }
  const mapping: unknown = document.toJS() ?? {};
  if (typeof mapping !== "object" || mapping === null || Array.isArray(mapping)) {
    return { problem: { where: basename(path), message: "must hold a mapping of options to values" } };
  }
  return { mapping: { ...mapping } };
}

function optionKey(name: string): RunOptionKey | null {
  const key = camelCase(name);
  return runOptionKeys.find((candidate) => candidate === key) ?? null;
}

function unknownName(where: string, name: string, spell: (key: string) => string): Problem {
  const meant = closestName(camelCase(name), runOptionKeys);
  const question = meant === null ? "" : `; did you mean ${spell(meant)}?`;
  return { where, message: `is not a known option${question}` };
}
