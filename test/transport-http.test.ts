import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { HttpReader, HttpSyntaxError, type ResponseHead } from "#src/transport/http-reader.js";
import { bodiless, headOfBody, requestHead } from "#src/transport/request-head.js";

interface Read {
  heads: ResponseHead[];
  body: string;
  used: number;
  reader: HttpReader;
}

/** Feeds the parts one after the other through one reused buffer, as a socket does. */
function read(parts: readonly string[]): Read {
  const reader = new HttpReader();
  const buffer = Buffer.alloc(4096);
  const heads: ResponseHead[] = [];
  let body = "";
  let used = 0;
  for (const part of parts) {
    const length = buffer.write(part, "latin1");
    used += reader.push(buffer, length, {
      onHead: (head) => heads.push(head),
      onBody: (bytes, start, end) => {
        body += bytes.toString("latin1", start, end);
      },
    });
    buffer.fill(0);
  }
  return { heads, body, used, reader };
}

function cutAt(text: string, places: readonly number[]): string[] {
  const cuts = [...new Set(places.map((place) => place % (text.length + 1)))].sort((a, b) => a - b);
  return [0, ...cuts].map((start, i) => text.slice(start, cuts[i] ?? text.length));
}

const chunked =
  "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n" +
  '5\r\nhello\r\n1;note="x"\r\n \r\n00A\r\n0123456789\r\n0\r\nX-Trailer: 1\r\n\r\n';

describe("HttpReader", () => {
  it("reads a chunked body with extensions and trailers", () => {
    const { heads, body, reader } = read([chunked]);
    expect(heads).toHaveLength(1);
    expect(heads[0]?.status).toBe(200);
    expect(heads[0]?.headers.get("content-type")).toBe("text/event-stream");
    expect(body).toBe("hello 0123456789");
    expect(reader.isComplete).toBe(true);
    expect(reader.isKept).toBe(true);
  });

  it("reads the same however the bytes are cut", () => {
    const responses = [
      chunked,
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello",
      "HTTP/1.1 200\nTransfer-Encoding: chunked\n\n3\nabc\n0\n\n",
      "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 4\r\nRetry-After: 1\r\n\r\nbusy",
    ];
    fc.assert(
      fc.property(fc.constantFrom(...responses), fc.array(fc.nat()), (response, places) => {
        const whole = read([response]);
        const parts = read(cutAt(response, places));
        expect(parts.body).toBe(whole.body);
        expect(parts.heads.map(({ status }) => status)).toEqual(whole.heads.map(({ status }) => status));
        expect(parts.used).toBe(response.length);
        expect(parts.reader.isComplete).toBe(true);
      }),
    );
  });

  it("leaves bytes after the response to its caller", () => {
    const response = "HTTP/1.1 204 No Content\r\n\r\n";
    const { used, reader } = read([`${response}HTTP/1.1 200 OK`]);
    expect(used).toBe(response.length);
    expect(reader.isComplete).toBe(true);
  });

  it("knows a body that the connection's close ends", () => {
    const { body, reader } = read(["HTTP/1.0 200 OK\r\n\r\nsome", " bytes"]);
    expect(body).toBe("some bytes");
    expect(reader.isComplete).toBe(false);
    expect(reader.endsWithClose()).toBe(true);
    expect(reader.isKept).toBe(false);
  });

  it("does not take a cut chunked body for a whole one", () => {
    const { reader } = read([chunked.slice(0, -4)]);
    expect(reader.isComplete).toBe(false);
    expect(reader.endsWithClose()).toBe(false);
  });

  it.each([
    ["HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", false],
    ["HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", false],
    ["HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n", true],
    ["HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", true],
  ])("tells whether the connection is kept: %j", (response, isKept) => {
    const { reader } = read([response]);
    expect(reader.isComplete).toBe(true);
    expect(reader.isKept).toBe(isKept);
  });

  it("joins header fields of one name", () => {
    const { heads } = read(["HTTP/1.1 200 OK\r\nVia: a\r\nvia: b\r\nContent-Length: 0\r\n\r\n"]);
    expect(heads[0]?.headers.get("via")).toBe("a, b");
  });

  it.each([
    ["SSH-2.0-OpenSSH_9.2\r\n", /not HTTP\/1/],
    ["HTTP/2 200\r\n\r\n", /not a status line/],
    ["HTTP/1.1 abc\r\n\r\n", /not a status line/],
    ["HTTP/1.1 101 Switching Protocols\r\n\r\n", /switches protocols/],
    ["HTTP/1.1 200 OK\r\nno colon\r\n\r\n", /not a header field/],
    ["HTTP/1.1 200 OK\r\nbad name: 1\r\n\r\n", /not a header field/],
    ["HTTP/1.1 200 OK\r\nContent-Length: 5, 6\r\n\r\n", /content-length/],
    ["HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", /content-length/],
    ["HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", /transfer coding/],
    ["HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", /in a chunk size/],
    ["HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\r\n", /without a size/],
    ["HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffff\r\n", /too many digits/],
    ["HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nabc", /after a chunk/],
  ])("refuses %j", (response, message) => {
    expect(() => read([response])).toThrow(HttpSyntaxError);
    expect(() => read([response])).toThrow(message);
  });

  it("refuses a head without end", () => {
    expect(() =>
      read(["HTTP/1.1 200 OK\r\n", ...Array.from({ length: 20 }, () => "x".repeat(4000))]),
    ).toThrow(/no end of the head/);
  });
});

describe("requestHead", () => {
  const origin = new URL("http://127.0.0.1:8000/prefix");

  it("writes a request line, the host and each header once", () => {
    const head = requestHead("POST", origin, "/v1/completions", { Accept: "a", accept: "b" });
    expect(headOfBody(head, 12).toString("latin1")).toBe(
      "POST /v1/completions HTTP/1.1\r\nhost: 127.0.0.1:8000\r\naccept: b\r\ncontent-length: 12\r\n\r\n",
    );
  });

  it("writes a request without a body", () => {
    expect(bodiless(requestHead("GET", origin, "/health", {})).toString("latin1")).toBe(
      "GET /health HTTP/1.1\r\nhost: 127.0.0.1:8000\r\n\r\n",
    );
  });

  it("refuses header values that would begin another line", () => {
    expect(() => requestHead("POST", origin, "/", { "x-a": "1\r\nx-b: 2" })).toThrow(/Invalid character/);
    expect(() => requestHead("POST", origin, "/", { "x a": "1" })).toThrow(/valid HTTP token/);
  });
});
