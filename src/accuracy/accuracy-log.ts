import { createHash } from "node:crypto";
import { createReadStream, existsSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { UsageError } from "../errors.ts";

/** One answer as LoadGen logged it. */
export interface LoggedAnswer {
  /** Index of the sample in the dataset. */
  index: number;
  /** What was reported to LoadGen as the response: token ids or text. */
  data: Buffer;
  /** Output tokens; null where LoadGen was not told. */
  tokenCount: number | null;
}

/** LoadGen's accuracy log, read. */
export interface AccuracyLog {
  path: string;
  /** SHA-256 of the whole file, hex. */
  sha256: string;
  /** By index of the sample; each sample once, as first logged. */
  answers: LoggedAnswer[];
}

const fileName = "mlperf_log_accuracy.json";

/**
 * Where the accuracy log of a run stands: with both tests in one run the accuracy test has a folder of its own; any
 * other folder may hold the log itself. Throws a UsageError `ACCURACY_LOG_MISSING`.
 */
export function findAccuracyLog(folder: string): string {
  const places = [join(folder, "loadgen-accuracy"), join(folder, "loadgen"), folder];
  const found = places.map((place) => join(place, fileName)).find((path) => existsSync(path));
  if (found !== undefined) return found;
  throw new UsageError("ACCURACY_LOG_MISSING", [{ where: folder, message: `it holds no ${fileName}` }], {
    hint: "Name the folder of a run with --mode accuracy or all.",
  });
}

/** One entry of the log as it stands there; in a performance test a sample can have several. */
export interface LogEntry extends LoggedAnswer {
  /** What was reported as the first token; null where LoadGen logged none. */
  firstToken: Buffer | null;
}

/**
 * Reads an accuracy log entry by entry. Throws a UsageError `ACCURACY_LOG_BROKEN` for one that is no such log or was
 * truncated, `ACCURACY_LOG_EMPTY` for one of a performance test.
 */
export async function readAccuracyLog(path: string): Promise<AccuracyLog> {
  const hash = createHash("sha256");
  const answers = new Map<number, LoggedAnswer>();
  for await (const { index, data, tokenCount } of readLogEntries(path, (piece) => hash.update(piece)))
    if (!answers.has(index)) answers.set(index, { index, data, tokenCount });
  if (answers.size === 0) {
    const message = "it holds no answers, as after a performance test";
    throw new UsageError("ACCURACY_LOG_EMPTY", [{ where: path, message }], {
      hint: "Run with --mode accuracy or all.",
    });
  }
  const sorted = [...answers.values()].sort((one, other) => one.index - other.index);
  return { path, sha256: hash.digest("hex"), answers: sorted };
}

/**
 * Every entry of an accuracy log in its order; `onPiece` sees all bytes of the file. Throws a UsageError
 * `ACCURACY_LOG_BROKEN` for one that is no such log or was truncated.
 */
export async function* readLogEntries(
  path: string,
  onPiece: (piece: Buffer) => void = () => undefined,
): AsyncGenerator<LogEntry> {
  const input = createReadStream(path);
  input.on("data", (piece) => onPiece(piece as Buffer));
  let number = 0;
  let isClosed = false;
  for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    number += 1;
    const text = line.trim();
    isClosed ||= text === "]";
    if (text === "" || text === "[" || text === "]") continue;
    yield readEntry(text.replace(/,$/, ""), `${path}, line ${number}`);
  }
  if (!isClosed) throw brokenLog(path, "it ends before its closing bracket: the test was cut off");
}

function readEntry(text: string, where: string): LogEntry {
  let entry: unknown;
  try {
    entry = JSON.parse(text);
  } catch {
    throw brokenLog(where, "it is not an entry of LoadGen's accuracy log; was the log truncated?");
  }
  const fields = Object(entry) as Record<string, unknown>;
  const { qsl_idx: index, data, token_data: firstToken, token_count: tokenCount } = fields;
  const isIndex = typeof index === "number" && Number.isSafeInteger(index) && index >= 0;
  if (!isIndex || !isHex(data)) throw brokenLog(where, "it lacks a qsl_idx, or data in hexadecimal digits");
  return {
    index,
    data: Buffer.from(data, "hex"),
    firstToken: isHex(firstToken) ? Buffer.from(firstToken, "hex") : null,
    tokenCount: typeof tokenCount === "number" ? tokenCount : null,
  };
}

function isHex(value: unknown): value is string {
  return typeof value === "string" && /^([0-9A-Fa-f]{2})*$/.test(value);
}

function brokenLog(where: string, message: string): UsageError {
  return new UsageError("ACCURACY_LOG_BROKEN", [{ where, message }], {
    hint: "Scores need the log as LoadGen wrote it.",
  });
}
