import { validateHeaderName, validateHeaderValue } from "node:http";

/**
 * The head of a request but for the content length that ends it, so that only a number is left to add
 * (RFC 9112 §2). A header given replaces one of the same name. Throws TypeError on names and values that HTTP forbids.
 */
export function requestHead(
  method: "GET" | "POST",
  origin: URL,
  path: string,
  headers: Readonly<Record<string, string>>,
): string {
  const fields = new Map([["host", origin.host]]);
  for (const [name, value] of Object.entries(headers)) {
    validateHeaderName(name);
    validateHeaderValue(name, value);
    fields.set(name.toLowerCase(), value);
  }
  const lines = [...fields].map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${path} HTTP/1.1\r\n${lines.join("")}`;
}

/** The whole head of a request whose body has so many bytes. */
export function headOfBody(head: string, bodyBytes: number): Buffer {
  return Buffer.from(`${head}content-length: ${bodyBytes}\r\n\r\n`, "latin1");
}

/** The whole of a request without a body. */
export function bodiless(head: string): Buffer {
  return Buffer.from(`${head}\r\n`, "latin1");
}
