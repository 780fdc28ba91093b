import { closeSync, openSync, readSync } from "node:fs";
import { StringDecoder } from "node:string_decoder";

/** What a value of the detail log can be; whole numbers beyond 2^53 (the seeds) are strings of digits. */
export type DetailValue =
  | null
  | boolean
  | number
  | string
  | readonly number[]
  | Readonly<Record<string, string>>;

/** One entry of LoadGen's detail log. */
export interface DetailEntry {
  key: string;
  /** Null when LoadGen wrote a number that does not exist, such as `-nan`. */
  value: DetailValue;
  /** The value exactly as it stands in the file. */
  rawValue: string;
  isError: boolean;
  isWarning: boolean;
  /** When it was logged, ms after LoadGen's start. */
  timeMs: number;
}

const marker = ":::MLLOG ";
const chunkBytes = 1 << 20;

/**
 * LoadGen writes names into its log without escaping them, and `-nan` where a figure does not exist. Its fields always
 * stand in the same order, so an entry is cut by the text between its fields and not parsed as JSON.
 */
const layout =
  /^\{"key": "(?<key>.*?)", "value": (?<value>.*), "time_ms": (?<time>[\d.]+), "namespace": .*"is_error": (?<error>true|false), "is_warning": (?<warning>true|false),.*\}\}\s*$/s;

/** Reads a detail log piece by piece. Text that is no whole entry (a truncated end, a foreign line) is skipped. */
export function* readDetailLog(path: string): Generator<DetailEntry> {
  for (const text of entryTexts(path)) {
    const entry = parseDetailEntry(text);
    if (entry !== null) yield entry;
  }
}

/** Parses the text of one entry, from `:::MLLOG` on; null when it is not a whole entry. */
export function parseDetailEntry(text: string): DetailEntry | null {
  if (!text.startsWith(marker)) return null;
  const fields = layout.exec(text.slice(marker.length))?.groups;
  if (fields === undefined) return null;
  const { key, value, time, error, warning } = fields;
  if (key === undefined || value === undefined) return null;
  return {
    key,
    value: parseValue(value),
    rawValue: value,
    isError: error === "true",
    isWarning: warning === "true",
    timeMs: Number(time),
  };
}

function parseValue(raw: string): DetailValue {
  if (/^-?\d+$/.test(raw)) {
    const whole = Number(raw);
    return Number.isSafeInteger(whole) ? whole : raw;
  }
  // A string is taken as it stands: LoadGen escapes nothing, so a backslash or a quote in it means itself.
  if (raw.length >= 2 && raw.startsWith('"') && raw.endsWith('"')) return raw.slice(1, -1);
  try {
    return JSON.parse(raw) as DetailValue;
  } catch {
    return null;
  }
}

/** An entry starts with a marker and goes on over the lines that follow until it is whole, as a name can hold a line break. */
function* entryTexts(path: string): Generator<string> {
  let entry = "";
  for (const line of lines(path)) {
    if (line.startsWith(marker)) {
      if (entry !== "") yield entry;
      entry = line;
    } else if (entry !== "" && !entry.endsWith("}}")) {
      entry += `\n${line}`;
    }
  }
  if (entry !== "") yield entry;
}

function* lines(path: string): Generator<string> {
  const file = openSync(path, "r");
  try {
    const decoder = new StringDecoder("utf8");
    const chunk = Buffer.allocUnsafe(chunkBytes);
    let rest = "";
    for (;;) {
      const length = readSync(file, chunk, 0, chunkBytes, null);
      if (length === 0) break;
      const pieces = (rest + decoder.write(chunk.subarray(0, length))).split("\n");
      rest = pieces.pop() ?? "";
      yield* pieces;
    }
    yield rest + decoder.end();
  } finally {
    closeSync(file);
  }
}
