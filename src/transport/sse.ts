/** Takes the data of one event: bytes start..end of `bytes`, which is reused after the call. */
export type OnEventData = (bytes: Uint8Array, start: number, end: number) => void;

const lineFeed = 10;
const carriageReturn = 13;
const space = 32;
const colon = 58;
const none = new Uint8Array(0);
const byteOrderMark = Uint8Array.of(0xef, 0xbb, 0xbf);

/**
 * Splits a stream of server-sent events into the data of each event, byte by byte as the standard has it
 * (WHATWG HTML, "Server-sent events"): LF, CRLF and CR line ends, comments, other fields, several data lines an
 * event, and cuts at any byte. An event that lies whole in one chunk is passed on without a copy.
 * An event that the stream's end cuts off is not passed on; `pendingBytes` tells of it.
 */
export class SseDecoder {
  readonly #onData: OnEventData;
  /** Bytes of the line that is not complete yet. */
  #partial: Uint8Array = none;
  /** Data lines of the event so far, when they are not the single line at hand. */
  #held: Uint8Array[] = [];
  #heldCount = 0;
  /** A CR ended the last chunk: an LF at the start of the next one belongs to it. */
  #skipLineFeed = false;
  /** The stream may still begin with a byte order mark, which is not part of it. */
  #atStart = true;

  constructor(onData: OnEventData) {
    this.#onData = onData;
  }

  /** Bytes that have come and belong to no complete event. */
  get pendingBytes(): number {
    return this.#partial.length + this.#held.reduce((sum, line) => sum + line.length, 0);
  }

  /** Nothing is kept from the bytes before: what comes next may be read as the start of a line of a new event. */
  get isBetweenEvents(): boolean {
    return !this.#atStart && !this.#skipLineFeed && this.#partial.length === 0 && this.#heldCount === 0;
  }

  push(chunk: Uint8Array): void {
    let bytes = chunk;
    let position = 0;
    if (this.#atStart) {
      bytes = this.#withoutByteOrderMark(chunk);
      if (bytes.length === 0) return;
    }
    if (this.#skipLineFeed && bytes.length > 0) {
      if (bytes[0] === lineFeed) position = 1;
      this.#skipLineFeed = false;
    }
    if (this.#partial.length > 0) {
      bytes = concatenate(this.#partial, position === 0 ? bytes : bytes.subarray(position));
      this.#partial = none;
      position = 0;
    }
    let nextReturn = bytes.indexOf(carriageReturn, position);
    let dataStart = -1;
    let dataEnd = -1;
    for (;;) {
      const nextFeed = bytes.indexOf(lineFeed, position);
      if (nextReturn !== -1 && nextReturn < position) nextReturn = bytes.indexOf(carriageReturn, position);
      const byReturn = nextReturn !== -1 && (nextFeed === -1 || nextReturn < nextFeed);
      const lineEnd = byReturn ? nextReturn : nextFeed;
      if (lineEnd === -1) break;
      const lineStart = position;
      position = lineEnd + 1;
      if (byReturn) {
        if (position === bytes.length) this.#skipLineFeed = true;
        else if (bytes[position] === lineFeed) position += 1;
      }
      if (lineEnd === lineStart) {
        if (dataStart !== -1) {
          if (this.#heldCount === 0) this.#onData(bytes, dataStart, dataEnd);
          else this.#hold(bytes, dataStart, dataEnd);
        }
        if (this.#heldCount > 0) this.#dispatchHeld();
        dataStart = -1;
        continue;
      }
      const valueStart = dataValueStart(bytes, lineStart, lineEnd);
      if (valueStart === -1) continue;
      if (dataStart !== -1) this.#hold(bytes, dataStart, dataEnd);
      dataStart = valueStart;
      dataEnd = lineEnd;
    }
    if (dataStart !== -1) this.#hold(bytes, dataStart, dataEnd);
    // Copied: the chunk's memory may be reused by the socket.
    if (position < bytes.length) this.#partial = copyOf(bytes, position, bytes.length);
  }

  /** The first bytes without the mark; none as long as they may still be a part of it. */
  #withoutByteOrderMark(chunk: Uint8Array): Uint8Array {
    const bytes = this.#partial.length === 0 ? chunk : concatenate(this.#partial, chunk);
    this.#partial = none;
    const alike = byteOrderMark.findIndex((byte, index) => bytes[index] !== byte);
    if (alike >= bytes.length) {
      this.#partial = copyOf(bytes, 0, bytes.length);
      return none;
    }
    this.#atStart = false;
    return alike === -1 ? bytes.subarray(byteOrderMark.length) : bytes;
  }

  #hold(bytes: Uint8Array, start: number, end: number): void {
    this.#held.push(copyOf(bytes, start, end));
    this.#heldCount += 1;
  }

  #dispatchHeld(): void {
    const lines = this.#held;
    this.#held = [];
    this.#heldCount = 0;
    const [first = none] = lines;
    const joined = lines.length === 1 ? first : joinLines(lines);
    this.#onData(joined, 0, joined.length);
  }
}

/** Where the value of a `data` line starts; -1 for comments and other fields. */
function dataValueStart(bytes: Uint8Array, start: number, end: number): number {
  // "data" = 100 97 116 97
  if (bytes[start] !== 100 || bytes[start + 1] !== 97 || bytes[start + 2] !== 116 || bytes[start + 3] !== 97)
    return -1;
  const next = start + 4;
  if (next === end) return end;
  if (bytes[next] !== colon || next > end) return -1;
  return bytes[next + 1] === space && next + 1 < end ? next + 2 : next + 1;
}

/** A Buffer's own `slice` would be a view on memory that is reused. */
function copyOf(bytes: Uint8Array, start: number, end: number): Uint8Array {
  return Uint8Array.prototype.slice.call(bytes, start, end);
}

function concatenate(first: Uint8Array, second: Uint8Array): Uint8Array {
  const joined = new Uint8Array(first.length + second.length);
  joined.set(first);
  joined.set(second, first.length);
  return joined;
}

function joinLines(lines: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(lines.reduce((sum, line) => sum + line.length + 1, -1));
  let position = 0;
  for (const [index, line] of lines.entries()) {
    if (index > 0) joined[position++] = lineFeed;
    joined.set(line, position);
    position += line.length;
  }
  return joined;
}
