import { z } from "zod";
import { closestName } from "./closest-name.ts";
import { readDuration } from "./durations.ts";
import { mask, maskUrl } from "./secrets.ts";

/** What reading a value gave: the value, or the end of a sentence that starts with the place. */
type Reading<Value> = { value: Value } | { problem: string };

/** A schema that reads a value as a person wrote it: text from a flag or a variable, any YAML value from a file. */
function written<Value>(read: (given: unknown) => Reading<Value>): z.ZodType<Value> {
  return z.unknown().transform((given, context) => {
    const reading = read(given);
    if ("value" in reading) return reading.value;
    context.issues.push({ code: "custom", input: given, message: reading.problem });
    return z.NEVER;
  });
}

/** A number that `holds`; `expected` completes "must be …". */
export function number(expected: string, holds: (value: number) => boolean): z.ZodType<number> {
  return written((given) => {
    const isNumeric = typeof given === "string" && /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(given.trim());
    const value = isNumeric ? Number(given) : given;
    if (typeof value === "number" && Number.isFinite(value) && holds(value)) return { value };
    return { problem: `must be ${expected}, not ${shown(given)}` };
  });
}

/** A whole number of at least `least`. */
export function wholeNumber(least: number): z.ZodType<number> {
  return number(
    `a whole number of at least ${least}`,
    (value) => Number.isSafeInteger(value) && value >= least,
  );
}

/** A duration above zero, as ns. */
export const duration: z.ZodType<number> = written((given) => {
  const reading = readDuration(typeof given === "string" ? given : shown(given));
  if ("problem" in reading) return reading;
  return reading.ns > 0 ? { value: reading.ns } : { problem: `must be longer than ${shown(given)}` };
});

/** One of a few names. */
export function oneOf<const Name extends string>(names: readonly Name[]): z.ZodType<Name> {
  return written((given) => {
    const name = names.find((candidate) => candidate === given);
    if (name !== undefined) return { value: name };
    const meant = typeof given === "string" ? closestName(given, names) : null;
    const question = meant === null ? "" : `; did you mean ${meant}?`;
    return { problem: `must be one of ${names.join(", ")}, not ${shown(given)}${question}` };
  });
}

/** True or false; variables say true, false, 1, 0, yes or no. */
export const truth: z.ZodType<boolean> = written((given) => {
  if (typeof given === "boolean") return { value: given };
  const word = typeof given === "string" ? given.trim().toLowerCase() : "";
  if (["true", "1", "yes"].includes(word)) return { value: true };
  if (["false", "0", "no"].includes(word)) return { value: false };
  return { problem: `must be true or false, not ${shown(given)}` };
});

/** Text on one line that is not blank. */
export const text: z.ZodType<string> = written((given) => {
  if (typeof given === "number") return { value: String(given) };
  if (typeof given !== "string") return { problem: `must be text, not ${shown(given)}` };
  if (given.trim() === "") return { problem: "needs a value" };
  return hasControlCharacter(given) ? { problem: "must not contain control characters" } : { value: given };
});

/** Text that may have several lines, and is not blank. */
export const longText: z.ZodType<string> = written((given) => {
  if (typeof given !== "string") return { problem: `must be text, not ${shown(given)}` };
  return given.trim() === "" ? { problem: "needs a value" } : { value: given };
});

/** Text that never stands in a message. */
export const secret: z.ZodType<string> = written((given) => {
  if (typeof given !== "string" || given.trim() === "") return { problem: "needs a value" };
  if (given === mask) return { problem: "is only a mask here; give the real value" };
  return /^[\x21-\x7e]+$/.test(given)
    ? { value: given }
    : { problem: "must be printable ASCII without spaces (the value is not shown)" };
});

/** Base URLs of OpenAI servers: http or https, without query; a final `/v1` or slash is dropped. None twice. */
export const endpoints: z.ZodType<string[]> = written((given) => {
  const urls: string[] = [];
  for (const entry of Array.isArray(given) ? given : [given]) {
    const reading = readEndpoint(entry);
    if ("problem" in reading) return reading;
    if (urls.includes(reading.value)) return { problem: `is given twice: ${reading.value}` };
    urls.push(reading.value);
  }
  return { value: urls };
});

function readEndpoint(given: unknown): Reading<string> {
  if (typeof given !== "string" || given.trim() === "") {
    return { problem: `must be a URL such as http://127.0.0.1:8000, not ${shown(given)}` };
  }
  const safeToShow = maskUrl(given.trim());
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(given.trim())) {
    return { problem: `must start with http:// or https://, not ${shown(safeToShow)}` };
  }
  if (!URL.canParse(given.trim())) return { problem: `is not a URL: ${safeToShow}` };
  const url = new URL(given.trim());
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    return { problem: `must start with http:// or https://, not ${url.protocol}//` };
  }
  if (url.username !== "" || url.password !== "") {
    return { problem: `must not carry a name or password: ${safeToShow}; use --api-key or --header` };
  }
  if (url.search !== "" || url.hash !== "")
    return { problem: `must not have a query or fragment: ${safeToShow}` };
  if (/\/(chat\/)?completions\/*$/.test(url.pathname)) {
    return { problem: `must be the server's base URL, without /v1/completions: ${safeToShow}` };
  }
  const prefix = url.pathname.replace(/\/+$/, "").replace(/\/v1$/, "");
  return { value: `${url.origin}${prefix}` };
}

/** Whole addresses of http or https, with path and query. None twice. */
export const addresses: z.ZodType<string[]> = written((given) => {
  const urls: string[] = [];
  for (const entry of Array.isArray(given) ? given : [given]) {
    if (typeof entry !== "string" || !URL.canParse(entry) || !/^https?:\/\//i.test(entry)) {
      const example = "a URL such as http://127.0.0.1:9400/metrics";
      return {
        problem: `must be ${example}, not ${shown(typeof entry === "string" ? maskUrl(entry) : entry)}`,
      };
    }
    const url = new URL(entry);
    if (url.username !== "" || url.password !== "")
      return { problem: `must not carry a name or password: ${maskUrl(entry)}` };
    if (urls.includes(url.href)) return { problem: `is given twice: ${url.href}` };
    urls.push(url.href);
  }
  return { value: urls };
});

/** One word or a list of them. */
export const words: z.ZodType<string[]> = z.preprocess((given) => [given].flat(), z.array(text));

/** A regular expression. */
export const pattern: z.ZodType<string> = text.transform((given, context) => {
  try {
    new RegExp(given);
  } catch {
    const message = `is not a regular expression: ${shown(given)}`;
    context.issues.push({ code: "custom", input: given, message });
  }
  return given;
});

const pairRule = "must be NAME=VALUE, with an equals sign (the value is not shown)";

/** NAME=VALUE pairs: text of that form, a list of such texts, or a mapping in a file. No name twice. */
export const pairs: z.ZodType<Record<string, string>> = written((given) => {
  const entries = readPairs(given);
  if (entries === null) return { problem: pairRule };
  const names = new Set<string>();
  for (const [name, value] of entries) {
    if (value === mask) return { problem: `${name} is only a mask here; give the real value` };
    if (names.has(name.toLowerCase())) return { problem: `${name} is given twice` };
    names.add(name.toLowerCase());
  }
  return { value: Object.fromEntries(entries) };
});

/** Pairs of which several may stand in one text, with commas between them. */
export const oneOrSeveralPairs: z.ZodType<Record<string, string>> = z.preprocess(
  (given) => (typeof given === "string" || Array.isArray(given) ? [given].flat().flatMap(splitPairs) : given),
  pairs,
);

/** A comma parts two pairs only where a name and an equals sign follow it. */
function splitPairs(entry: unknown): unknown {
  return typeof entry === "string" ? entry.split(/,(?=[^,=]+=)/) : entry;
}

function readPairs(given: unknown): [string, string][] | null {
  if (typeof given === "object" && given !== null && !Array.isArray(given)) {
    const entries = Object.entries(given);
    const isPlain = entries.every(([, value]) => ["string", "number", "boolean"].includes(typeof value));
    return isPlain ? entries.map(([name, value]) => [name, String(value)]) : null;
  }
  const entries: [string, string][] = [];
  for (const entry of Array.isArray(given) ? given : [given]) {
    const equals = typeof entry === "string" ? entry.indexOf("=") : -1;
    if (typeof entry !== "string" || equals < 1) return null;
    entries.push([entry.slice(0, equals).trim(), entry.slice(equals + 1)]);
  }
  return entries;
}

/** NAME=NUMBER pairs. */
export const figures: z.ZodType<Record<string, number>> = pairs.transform((given, context) => {
  const entries = Object.entries(given).map(([name, value]): [string, number] => {
    const figure = value.trim() === "" ? Number.NaN : Number(value);
    if (!Number.isFinite(figure)) {
      const message = `${name} must be a number, not ${shown(value)}`;
      context.issues.push({ code: "custom", input: given, message });
    }
    return [name, figure];
  });
  return Object.fromEntries(entries);
});

const ownHeaders = ["content-length", "content-type", "transfer-encoding", "connection", "accept"];

/** Pairs that HTTP accepts as headers and that the client does not set by itself. */
export const headers: z.ZodType<Record<string, string>> = pairs.transform((given, context) => {
  for (const [name, value] of Object.entries(given)) {
    const problem = headerProblem(name, value);
    if (problem !== null) context.issues.push({ code: "custom", input: given, message: problem });
  }
  return given;
});

function headerProblem(name: string, value: string): string | null {
  if (!/^[!#$%&'*+.^_`|~0-9a-z-]+$/i.test(name)) return `"${name}" is not a header name`;
  if (ownHeaders.includes(name.toLowerCase())) return `${name} is set by flexbench itself`;
  return hasControlCharacter(value) ? `${name} must not contain control characters` : null;
}

function hasControlCharacter(value: string): boolean {
  return /\p{Cc}/u.test(value);
}

function shown(given: unknown): string {
  if (typeof given === "string") return given.length > 60 ? `"${given.slice(0, 57)}…"` : `"${given}"`;
  if (typeof given === "number") return String(given);
  if (Array.isArray(given)) return "a list";
  return typeof given === "object" && given !== null ? "a mapping" : String(given);
}
