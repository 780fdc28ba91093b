import { isUtf8 } from "node:buffer";
import type { FileBytes } from "./file-row.ts";

/** One line, counted from one; text is null where the bytes are not UTF-8. */
export interface TextLine {
  line: number;
  text: string | null;
}

export const notUtf8 = "it is not valid UTF-8";

const lineFeed = 0x0a;

/** Lines of a UTF-8 text, however the bytes are cut; ends of LF and CRLF and a byte order mark are taken off. */
export async function* readTextLines(bytes: FileBytes): AsyncGenerator<TextLine> {
  let line = 0;
  let begun: Uint8Array[] = [];
  for await (const chunk of bytes) {
    let start = 0;
    for (let end = chunk.indexOf(lineFeed); end >= 0; end = chunk.indexOf(lineFeed, start)) {
      line += 1;
      yield decodeLine(line, [...begun, chunk.subarray(start, end)]);
      begun = [];
      start = end + 1;
    }
    if (start < chunk.length) {
      begun.push(chunk.subarray(start));
    }
  }
  if (begun.length > 0) {
    yield decodeLine(line + 1, begun);
  }
}

/** Text of bytes that are UTF-8; null when they are not. */
export function decodeUtf8(bytes: Uint8Array): string | null {
  return isUtf8(bytes)
    ? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8")
    : null;
}

function decodeLine(line: number, parts: readonly Uint8Array[]): TextLine {
  const [only] = parts;
  const text = decodeUtf8(parts.length === 1 && only !== undefined ? only : Buffer.concat(parts));
  const withoutMark = line === 1 && text?.startsWith("\uFEFF") ? text.slice(1) : text;
  return { line, text: withoutMark?.endsWith("\r") ? withoutMark.slice(0, -1) : withoutMark };
}
