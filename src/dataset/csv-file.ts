import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { CsvError, parse } from "csv-parse";
import type { FileBytes, FileFormat, FileRow, RowPlace } from "./file-row.ts";
import { decodeUtf8, notUtf8 } from "./text-lines.ts";

/** What csv-parse gives for one record with the options below. */
interface CsvRecord {
  record: readonly Buffer[];
  info: { lines: number };
}

const byteOrderMark = Buffer.from("\uFEFF");

type Names = { names: readonly string[] } | { column: string | null; problem: string };

/** CSV with commas and a header row, quotes doubled within quotes (RFC 4180); rows are counted without the header. */
export const csvFile: FileFormat = {
  extension: ".csv",
  fields: "text",
  async *read(bytes) {
    // Cells come as bytes, so that text which is not UTF-8 is found where it stands.
    const records = parse({
      encoding: null,
      info: true,
      relax_column_count: true,
      skip_empty_lines: true,
    });
    // A broken pipe surfaces in the loop below as well.
    const feeding = pipeline(Readable.from(withoutByteOrderMark(bytes)), records).catch(() => undefined);
    let header: readonly string[] | null = null;
    let row = 0;
    try {
      for await (const { record, info } of records as AsyncIterable<CsvRecord>) {
        if (header === null) {
          const names = readHeader(record);
          if ("problem" in names) {
            yield { row: null, line: info.lines, ...names };
            return;
          }
          header = names.names;
        } else {
          row += 1;
          yield readRecord(header, record, { row, line: info.lines });
        }
      }
    } catch (error) {
      if (!(error instanceof CsvError)) {
        throw error;
      }
      // Records that csv-parse had ready are lost with the error, so only its own count knows the row.
      const { records: recordsBefore, lines } = error as CsvError & { records: number; lines: number };
      yield {
        row: Math.max(recordsBefore, 1),
        line: lines,
        column: null,
        problem: `it is not CSV: ${error.message}`,
      };
    }
    await feeding;
  },
};

/** The option `bom` of csv-parse would turn cells into text. */
async function* withoutByteOrderMark(bytes: FileBytes): AsyncGenerator<Uint8Array> {
  let head: Uint8Array | null = new Uint8Array();
  for await (const chunk of bytes) {
    if (head === null) {
      yield chunk;
    } else {
      head = Buffer.concat([head, chunk]);
      if (head.length >= byteOrderMark.length) {
        yield afterByteOrderMark(head);
        head = null;
      }
    }
  }
  if (head !== null) {
    yield head;
  }
}

function afterByteOrderMark(head: Uint8Array): Uint8Array {
  const { length } = byteOrderMark;
  return byteOrderMark.equals(head.subarray(0, length)) ? head.subarray(length) : head;
}

function readHeader(cells: readonly Buffer[]): Names {
  const names: string[] = [];
  for (const [index, cell] of cells.entries()) {
    const name = decodeUtf8(cell)?.trim() ?? null;
    if (name === null) {
      return { column: String(index + 1), problem: `its name: ${notUtf8}` };
    }
    if (names.includes(name)) {
      return { column: name, problem: "the header names it twice" };
    }
    names.push(name);
  }
  return { names };
}

function readRecord(header: readonly string[], cells: readonly Buffer[], place: RowPlace): FileRow {
  if (cells.length !== header.length) {
    const problem = `it has ${cells.length} fields, but the header has ${header.length}`;
    return { ...place, column: null, problem };
  }
  const fields: Record<string, string> = {};
  for (const [index, name] of header.entries()) {
    const text = decodeUtf8(cells[index] ?? Buffer.alloc(0));
    if (text === null) {
      return { ...place, column: name, problem: notUtf8 };
    }
    fields[name] = text;
  }
  return { ...place, fields };
}
