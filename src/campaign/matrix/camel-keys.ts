import { camelCase } from "../../config/run-options.ts";

/** A mapping with its keys in camelCase, however they were written; anything else as it is. */
export function withCamelKeys(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [camelCase(key), part]));
}
