const quote = 34;
const backslash = 92;
const comma = 44;
const digit0 = 48;
const digit9 = 57;
const openBracket = Buffer.from('"token_ids":[');

/** Read before the next event is: one for all streams of the thread. */
const scratchIds = new Int32Array(256);
const empty = new Uint8Array(0);

/**
 * The form of a stream's ordinary token event. Servers repeat everything but the text and the token ids from event to
 * event; once one has been parsed as JSON, the next ones are recognised by comparing bytes, which costs a tenth.
 * An event that differs anywhere else — a finish reason, usage, an error — does not match and is parsed.
 */
export class TokenTemplate {
  /** After a match: where the text stands, as escaped in JSON. */
  textStart = 0;
  textEnd = 0;
  /** After a match, and until the next event of any stream is read: the token ids. */
  readonly tokenIds = scratchIds;
  tokenIdCount = 0;

  readonly #withIds: boolean;
  /** Up to and with the quote that opens the text. */
  #prefix = empty;
  /** From the quote that closes the text to the end; with ids, up to and with the bracket that opens them. */
  #middle = empty;
  /** With ids: from the bracket that closes them to the end. */
  #suffix = empty;
  #known = false;

  constructor(withIds: boolean) {
    this.#withIds = withIds;
  }

  /** Takes the form of an event whose first choice has this text, no finish reason and no usage. */
  learn(event: Buffer, text: string): void {
    this.#known = false;
    const value = Buffer.from(JSON.stringify(text));
    const textAt = onlyIndexOf(event, value);
    if (text === "" || textAt === -1) return;
    const afterText = textAt + value.length - 1;
    if (!this.#withIds) {
      this.#middle = Uint8Array.prototype.slice.call(event, afterText);
      this.#suffix = empty;
    } else {
      const bracket = event.indexOf(openBracket, afterText);
      if (bracket === -1) return;
      const idsAt = bracket + openBracket.length;
      this.#middle = Uint8Array.prototype.slice.call(event, afterText, idsAt);
      this.#suffix = Uint8Array.prototype.slice.call(event, event.indexOf(93, idsAt));
    }
    this.#prefix = Uint8Array.prototype.slice.call(event, 0, textAt + 1);
    this.#known = true;
  }

  /** Whether bytes start..end are an event of this form; then text and ids are set. */
  matches(bytes: Uint8Array, start: number, end: number): boolean {
    if (!this.#known) return false;
    const prefix = this.#prefix;
    const middle = this.#middle;
    if (end - start < prefix.length + middle.length + this.#suffix.length) return false;
    if (!equalAt(bytes, start, prefix)) return false;
    let position = start + prefix.length;
    this.textStart = position;
    // The text ends at the first quote that no backslash escapes.
    while (position < end && bytes[position] !== quote) position += bytes[position] === backslash ? 2 : 1;
    this.textEnd = position;
    if (position + middle.length > end || !equalAt(bytes, position, middle)) return false;
    position += middle.length;
    if (!this.#withIds) return position === end;
    position = this.#readIds(bytes, position);
    return (
      this.tokenIdCount > 0 &&
      position + this.#suffix.length === end &&
      equalAt(bytes, position, this.#suffix)
    );
  }

  /** Reads `12,345` and returns where it ends; no ids when it is of another form. */
  #readIds(bytes: Uint8Array, start: number): number {
    let position = start;
    let id = 0;
    let digits = 0;
    this.tokenIdCount = 0;
    for (;;) {
      const byte = bytes[position] as number;
      if (byte >= digit0 && byte <= digit9) {
        id = id * 10 + (byte - digit0);
        digits += 1;
      } else {
        if (digits === 0 || this.tokenIdCount === this.tokenIds.length) {
          this.tokenIdCount = 0;
          return position;
        }
        this.tokenIds[this.tokenIdCount++] = id;
        if (byte !== comma) return position;
        id = 0;
        digits = 0;
        if (bytes[position + 1] === 32) position += 1;
      }
      position += 1;
    }
  }
}

function equalAt(bytes: Uint8Array, at: number, expected: Uint8Array): boolean {
  for (let i = 0; i < expected.length; i++) if (bytes[at + i] !== expected[i]) return false;
  return true;
}

/** Index of `part` in `whole` when it stands there once as a value, after a colon and perhaps a space; else -1. */
function onlyIndexOf(whole: Buffer, part: Buffer): number {
  const at = whole.indexOf(part);
  if (at < 1 || whole.indexOf(part, at + 1) !== -1) return -1;
  const before = whole[at - 1] === 32 ? whole[at - 2] : whole[at - 1];
  return before === 58 ? at : -1;
}
