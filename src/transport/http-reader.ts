/** The server's bytes are not an HTTP/1.1 response. */
export class HttpSyntaxError extends Error {
  readonly code = "HTTP_SYNTAX";
}

/** The status line and header fields of a response; names in lower case, several values joined by ", " (RFC 9110 §5.3). */
export interface ResponseHead {
  status: number;
  headers: ReadonlyMap<string, string>;
}

/** Who is told of a response's parts. */
export interface ResponseReceiver {
  onHead(head: ResponseHead): void;
  /** A part of the body: bytes start..end of `bytes`, whose memory is reused after the call. */
  onBody(bytes: Buffer, start: number, end: number): void;
}

type Part =
  | "head"
  | "chunk-size"
  | "chunk-data"
  | "chunk-end"
  | "trailer"
  | "counted-body"
  | "body-until-close"
  | "complete";

const lineFeed = 10;
const carriageReturn = 13;
const semicolon = 59;
const mostHeadBytes = 64 * 1024;
/** Hexadecimal digits of the largest size that a number holds exactly. */
const mostSizeDigits = 13;

/**
 * Reads one HTTP/1.1 response from a socket's bytes (RFC 9112): status line, fields, and a body that is chunked,
 * counted, or ended by the connection's close. Bytes may be cut anywhere. Interim responses (1xx) are passed over.
 * A line may end with LF alone (§2.2).
 */
export class HttpReader {
  /** Whether the connection can carry another request after this response. */
  isKept = true;

  #part: Part = "head";
  /** Head or line bytes that are not complete yet. */
  #held = "";
  /** Bytes of the chunk or of the counted body that are still to come. */
  #remaining = 0;
  #sizeDigits = 0;
  #inChunkExtension = false;

  get isComplete(): boolean {
    return this.#part === "complete";
  }

  /** Makes it ready for the next response of the same connection. */
  reset(): void {
    this.isKept = true;
    this.#part = "head";
    this.#held = "";
  }

  /** The other side has closed the connection; whether that is a proper end of the response. */
  endsWithClose(): boolean {
    return this.#part === "body-until-close";
  }

  /** Reads bytes 0..length and returns how many belong to this response. Throws HttpSyntaxError. */
  push(bytes: Buffer, length: number, receiver: ResponseReceiver): number {
    let position = 0;
    while (position < length && this.#part !== "complete") {
      switch (this.#part) {
        case "head":
          position = this.#readHead(bytes, position, length, receiver);
          break;
        case "chunk-size":
          position = this.#readChunkSize(bytes, position, length);
          break;
        case "chunk-data":
        case "counted-body": {
          const end = Math.min(length, position + this.#remaining);
          this.#remaining -= end - position;
          const isWhole = this.#remaining === 0;
          if (isWhole) this.#part = this.#part === "chunk-data" ? "chunk-end" : "complete";
          receiver.onBody(bytes, position, end);
          position = end;
          break;
        }
        case "chunk-end":
          position = this.#readChunkEnd(bytes, position);
          break;
        case "trailer":
          position = this.#readTrailerLine(bytes, position, length);
          break;
        case "body-until-close":
          receiver.onBody(bytes, position, length);
          position = length;
          break;
      }
    }
    return position;
  }

  #readHead(bytes: Buffer, start: number, length: number, receiver: ResponseReceiver): number {
    const before = this.#held.length;
    // Bytes as characters: a head may be cut anywhere, and its end found only in the whole.
    const text = this.#held + bytes.toString("latin1", start, length);
    const end = headEnd(text);
    if (end === -1) {
      if (text.length > mostHeadBytes)
        throw new HttpSyntaxError(`no end of the head in ${mostHeadBytes} bytes`);
      if (!"HTTP/1.".startsWith(text.slice(0, 7)))
        throw new HttpSyntaxError(`not HTTP/1: ${text.slice(0, 40)}`);
      this.#held = text;
      return length;
    }
    this.#held = "";
    const { minorVersion, head } = readHeadText(text.slice(0, end));
    if (head.status >= 200) this.#expectBody(head, minorVersion, receiver);
    else if (head.status === 101) throw new HttpSyntaxError("the server switches protocols, unasked");
    return start + end - before;
  }

  #expectBody(head: ResponseHead, minorVersion: number, receiver: ResponseReceiver): void {
    const { headers, status } = head;
    const connection = (headers.get("connection") ?? "").toLowerCase();
    this.isKept = minorVersion === 1 ? !/\bclose\b/.test(connection) : /\bkeep-alive\b/.test(connection);
    const coding = headers.get("transfer-encoding");
    const length = headers.get("content-length");
    if (status === 204 || status === 304) this.#part = "complete";
    else if (coding !== undefined) {
      if (coding.toLowerCase() !== "chunked") throw new HttpSyntaxError(`transfer coding "${coding}"`);
      this.#expectChunkSize();
    } else if (length !== undefined) {
      this.#remaining = contentLength(length);
      this.#part = this.#remaining === 0 ? "complete" : "counted-body";
    } else {
      this.isKept = false;
      this.#part = "body-until-close";
    }
    receiver.onHead(head);
  }

  #expectChunkSize(): void {
    this.#part = "chunk-size";
    this.#remaining = 0;
    this.#sizeDigits = 0;
    this.#inChunkExtension = false;
  }

  #readChunkSize(bytes: Buffer, start: number, length: number): number {
    let position = start;
    while (position < length) {
      const byte = bytes[position++] as number;
      if (byte === lineFeed) {
        if (this.#sizeDigits === 0) throw new HttpSyntaxError("a chunk without a size");
        this.#part = this.#remaining === 0 ? "trailer" : "chunk-data";
        return position;
      }
      if (this.#inChunkExtension || byte === carriageReturn) continue;
      const digit = hexDigit(byte);
      if (digit !== -1) {
        this.#remaining = this.#remaining * 16 + digit;
        this.#sizeDigits += 1;
        if (this.#sizeDigits > mostSizeDigits) throw new HttpSyntaxError("a chunk size of too many digits");
      } else if (byte === semicolon || byte === 32 || byte === 9) this.#inChunkExtension = true;
      else throw new HttpSyntaxError(`byte ${byte} in a chunk size`);
    }
    return position;
  }

  /** The line end after a chunk's data. */
  #readChunkEnd(bytes: Buffer, position: number): number {
    const byte = bytes[position];
    if (byte === lineFeed) this.#expectChunkSize();
    else if (byte !== carriageReturn) throw new HttpSyntaxError(`byte ${byte} after a chunk`);
    return position + 1;
  }

  #readTrailerLine(bytes: Buffer, start: number, length: number): number {
    const feed = bytes.indexOf(lineFeed, start);
    const isWhole = feed !== -1 && feed < length;
    const end = isWhole ? feed + 1 : length;
    this.#held += bytes.toString("latin1", start, end);
    if (this.#held.length > mostHeadBytes) throw new HttpSyntaxError("too long a trailer");
    if (isWhole) {
      if (this.#held === "\r\n" || this.#held === "\n") this.#part = "complete";
      this.#held = "";
    }
    return end;
  }
}

/** Index after the empty line that ends a head; -1 where there is none. */
function headEnd(text: string): number {
  const strict = text.indexOf("\r\n\r\n");
  const lenient = text.indexOf("\n\n");
  if (lenient !== -1 && (strict === -1 || lenient < strict)) return lenient + 2;
  return strict === -1 ? -1 : strict + 4;
}

function readHeadText(text: string): { minorVersion: number; head: ResponseHead } {
  const [statusLine = "", ...fields] = text.trimEnd().split(/\r?\n/);
  const match = /^HTTP\/1\.([01]) (\d{3})(?: |$)/.exec(statusLine);
  if (!match) throw new HttpSyntaxError(`not a status line: ${statusLine.slice(0, 80)}`);
  const headers = new Map<string, string>();
  for (const field of fields) {
    const colon = field.indexOf(":");
    if (colon < 1 || /\s/.test(field.slice(0, colon)))
      throw new HttpSyntaxError(`not a header field: ${field.slice(0, 80)}`);
    const name = field.slice(0, colon).toLowerCase();
    const value = field.slice(colon + 1).trim();
    const before = headers.get(name);
    headers.set(name, before === undefined ? value : `${before}, ${value}`);
  }
  return { minorVersion: Number(match[1]), head: { status: Number(match[2]), headers } };
}

/** The same length may be said more than once (RFC 9110 §8.6). */
function contentLength(value: string): number {
  const lengths = new Set(value.split(",").map((length) => length.trim()));
  const [only = ""] = lengths;
  if (lengths.size !== 1 || !/^\d{1,15}$/.test(only)) throw new HttpSyntaxError(`content-length "${value}"`);
  return Number(only);
}

function hexDigit(byte: number): number {
  if (byte >= 48 && byte <= 57) return byte - 48;
  const lower = byte | 32;
  return lower >= 97 && lower <= 102 ? lower - 87 : -1;
}
