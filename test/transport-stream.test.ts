import { readdirSync, readFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { createServer, type Socket } from "node:net";
import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import { Answer } from "#src/transport/answer.js";
import { completionsPath, StreamClient } from "#src/transport/client.js";
import { SseDecoder } from "#src/transport/sse.js";
import type { StreamRequest } from "#src/transport/stream-request.js";

const wire = new URL("./fixtures/wire/", import.meta.url);

function decode(chunks: Iterable<Uint8Array>): string[] {
  const events: string[] = [];
  const decoder = new SseDecoder((bytes, start, end) => {
    events.push(Buffer.from(bytes.subarray(start, end)).toString("utf8"));
  });
  for (const chunk of chunks) decoder.push(chunk);
  return events;
}

describe("SseDecoder", () => {
  it.each([
    ["LF", "data: a\n\ndata: b\n\n"],
    ["CRLF", "data: a\r\n\r\ndata: b\r\n\r\n"],
    ["CR", "data: a\r\rdata: b\r\r"],
    ["mixed line ends", "data: a\r\n\rdata: b\n\r\n"],
    ["a byte order mark", "\ufeffdata: a\n\ndata: b\n\n"],
    ["no space after the colon", "data:a\n\ndata:b\n\n"],
    [
      "comments and other fields",
      ": hello\nevent: x\nid: 1\nretry: 5\ndata: a\n\n:\n\nid: 2\ndata: b\ndatax: no\n\n",
    ],
    ["empty events between", "\n\ndata: a\n\n\n\ndata: b\n\n"],
  ])("reads %s", (_name, text) => {
    expect(decode([Buffer.from(text)])).toEqual(["a", "b"]);
  });

  it("joins several data lines with line feeds", () => {
    expect(decode([Buffer.from("data: a\ndata:\ndata: b\n\n")])).toEqual(["a\n\nb"]);
  });

  it("passes on nothing of an event that is cut off, and tells of it", () => {
    const decoder = new SseDecoder(() => expect.unreachable());
    decoder.push(Buffer.from("data: a\ndata: b"));
    expect(decoder.pendingBytes).toBeGreaterThan(0);
  });

  it("gives the same events for any text, line end and splitting", () => {
    const event = fc.array(
      fc.string({ unit: "grapheme" }).map((line) => line.replaceAll(/[\r\n]/g, " ")),
      { minLength: 1, maxLength: 3 },
    );
    const noise = fc.constantFrom("", ": note", "id: 7", "event: token");
    fc.assert(
      fc.property(
        fc.array(fc.tuple(event, noise), { maxLength: 8 }),
        fc.constantFrom("\n", "\r\n", "\r"),
        fc.array(fc.nat(400), { maxLength: 30 }),
        (events, lineEnd, cuts) => {
          const text = events
            .map(([lines, extra]) =>
              [...(extra === "" ? [] : [extra]), ...lines.map((line) => `data: ${line}`), "", ""].join(
                lineEnd,
              ),
            )
            .join("");
          const bytes = Buffer.from(text);
          const positions = [
            ...new Set([0, ...cuts.map((cut) => Math.min(cut, bytes.length)), bytes.length]),
          ].sort((a, b) => a - b);
          const chunks = positions.slice(1).map((end, i) => bytes.subarray(positions[i], end));
          expect(decode(chunks)).toEqual(events.map(([lines]) => lines.join("\n")));
        },
      ),
      { numRuns: 500 },
    );
  });
});

/** JSON.stringify escapes a lone surrogate, and JSON.parse gives it back: text stays as it was. */
const wellFormed = (text: string) => JSON.parse(JSON.stringify(text)) as string;

const captures = readdirSync(wire, { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".raw"))
  .sort();

/** The data of each event, read from a capture in the plainest way. */
function plainEvents(raw: Buffer): string[] {
  const text = raw.subarray(raw.indexOf("\r\n\r\n") + 4).toString("latin1");
  const body = text.replaceAll(/(^|\r\n)[0-9a-f]+\r\n/g, "");
  return Buffer.from(body, "latin1")
    .toString("utf8")
    .split("\n\n")
    .flatMap((event) => (event.trim().startsWith("data: ") ? [event.trim().slice(6)] : []));
}

describe("Answer", () => {
  const streams = captures.filter(
    (name) => /(completions|chat)-stream/.test(name) && !/n2|two-prompts|killed|sig|echo/.test(name),
  );

  it.each(streams)("reads %s as a plain reader does, ids and text", (name) => {
    const events = plainEvents(readFileSync(new URL(name, wire)));
    const api = name.includes("chat-") ? "chat" : "completions";
    const parsed = events.filter((data) => data !== "[DONE]").map((data) => JSON.parse(data));
    const choices = parsed.flatMap((event) => event.choices);
    const text = choices.map((choice) => choice.text ?? choice.delta?.content ?? "").join("");
    const ids = choices.flatMap((choice) => choice.token_ids ?? []);
    const usage = parsed
      .map((event) => event.usage)
      .filter(Boolean)
      .at(-1);

    for (const payload of ["text", "token-ids"] as const) {
      const answer = new Answer({ api, payload });
      for (const data of events) answer.read(Buffer.from(data), 0, Buffer.byteLength(data));
      expect(answer.error).toBeNull();
      expect(answer.isDone).toBe(true);
      expect(answer.finishReason).toBe(choices.map((choice) => choice.finish_reason).find(Boolean));
      expect(answer.completionTokens).toBe(usage?.completion_tokens ?? -1);
      if (payload === "text") expect(answer.text).toBe(text);
      else expect([...answer.tokenIds]).toEqual(ids);
      if (ids.length > 0 && usage) expect(ids.length).toBe(usage.completion_tokens);
    }
  });

  it("tells tokens from the events around them", () => {
    const kinds = (api: "chat" | "completions", events: unknown[]) => {
      const answer = new Answer({ api, payload: "text" });
      return events.map((event) => {
        const data = Buffer.from(typeof event === "string" ? event : JSON.stringify(event));
        return answer.read(data, 0, data.length);
      });
    };
    const chat = (delta: unknown, finish_reason: string | null = null) => ({
      choices: [{ index: 0, delta, finish_reason }],
    });
    expect(
      kinds("chat", [
        chat({ role: "assistant", content: "" }),
        chat({ role: "assistant", content: null }),
        chat({ content: "" }),
        chat({ reasoning_content: "hm" }),
        chat({ content: "a" }),
        chat({ tool_calls: [{ index: 0 }] }),
        chat({}, "stop"),
        { choices: [], usage: { completion_tokens: 4, prompt_tokens: 1 } },
        "[DONE]",
      ]),
    ).toEqual(["other", "other", "token", "token", "token", "token", "other", "other", "other"]);
    expect(
      kinds("completions", [
        { choices: [{ index: 1, text: "other choice", finish_reason: null }] },
        { choices: [{ index: 0, text: "", finish_reason: null }] },
        { choices: [{ index: 0, text: "a", finish_reason: "length" }] },
        { error: { message: "hidden", code: 500 } },
      ]),
    ).toEqual(["other", "token", "token", "error"]);
  });

  it("does not take an event for a token that only looks like the ones before", () => {
    const token = (text: string, extra = "") =>
      `{"id":"x","choices":[{"index":0,"text":${JSON.stringify(text)},"finish_reason":null${extra}}],"usage":null}`;
    const answer = new Answer({ api: "completions", payload: "text" });
    const read = (data: string) => answer.read(Buffer.from(data), 0, Buffer.byteLength(data));
    expect(read(token("first one"))).toBe("token");
    expect(read(token('quote " and \\ and \u00e9\n'))).toBe("token");
    expect(read(token("x").replace("null}],", '"stop"}],'))).toBe("token");
    expect(answer.finishReason).toBe("stop");
    expect(read('{"id":"x","choices":[{"index":0,"text":"a","error":"no"}]')).toBe("error");
    expect(answer.text).toBe('first onequote " and \\ and \u00e9\nx');
  });

  it("gives the same tokens with and without the fast path, for any text", () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.tuple(fc.string({ unit: "binary" }), fc.array(fc.nat(200_000), { minLength: 1, maxLength: 4 })),
          { minLength: 2, maxLength: 12 },
        ),
        (tokens) => {
          const texts = new Answer({ api: "completions", payload: "text" });
          const ids = new Answer({ api: "completions", payload: "token-ids" });
          for (const [text, token_ids] of tokens) {
            const data = Buffer.from(
              JSON.stringify({ id: "cmpl-1", choices: [{ index: 0, text, finish_reason: null, token_ids }] }),
            );
            expect(texts.read(data, 0, data.length)).toBe("token");
            expect(ids.read(data, 0, data.length)).toBe("token");
          }
          expect(texts.text).toBe(tokens.map(([text]) => wellFormed(text)).join(""));
          expect([...ids.tokenIds]).toEqual(tokens.flatMap(([, token_ids]) => token_ids));
          expect(texts.tokenEvents).toBe(tokens.length);
        },
      ),
      { numRuns: 300 },
    );
  });
});

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

/** A TCP server that answers every request with `respond`. */
async function listen(respond: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined).on("data", () => respond(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closers.push(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

type Tag = { endpoint: number };

/** Sends one request and gives it back when it has ended. */
async function send(
  url: string,
  { api = "completions", timeoutMs = 5000 }: { api?: "completions" | "chat"; timeoutMs?: number } = {},
) {
  return new Promise<StreamRequest<Tag>>((resolve) => {
    const client = new StreamClient<Tag>({
      plan: {
        endpoints: [{ url }],
        api,
        headers: {},
        tls: { ca: null, cert: null, key: null, insecure: false },
        workers: 1,
        connections: 4,
        timeoutMs,
      },
      payload: "token-ids",
      connections: 4,
      now: () => performance.now() * 1e6,
      listener: {
        onFirstToken: () => undefined,
        onTokenGap: () => undefined,
        onEnd: (request) => {
          client.close();
          resolve(request);
        },
      },
    });
    client.send({ endpoint: 0 }, Buffer.from('{"prompt":"hello"}'));
  });
}

describe("a captured answer over a real socket", () => {
  const expected: Record<string, string | null> = {
    "completions-stream.raw": null,
    "chat-stream.raw": null,
    "completions-stream-engine-killed.raw": "ERROR_EVENT",
    "completions-stream-sigterm.raw": "ERROR_EVENT",
    "completions-stream-server-sigkill.raw": "STREAM_CUT",
    "error-token-id-out-of-vocab.raw": "ERROR_EVENT",
    "error-bad-model.raw": "HTTP_404",
    "error-bad-model-chat.raw": "HTTP_404",
    "error-prompt-too-long.raw": "HTTP_400",
    "error-401-no-api-key.raw": "HTTP_401",
  };

  it.each(captures.filter((name) => name.startsWith("vllm-")))(
    "%s ends as it should, whole and byte by byte",
    async (name) => {
      const raw = readFileSync(new URL(name, wire));
      const cause = expected[name.split("/").at(-1) ?? ""] ?? null;
      const usage = [...raw.toString("latin1").matchAll(/"completion_tokens":(\d+)/g)].at(-1)?.[1];
      for (const pieces of [1, 7]) {
        const url = await listen((socket) => {
          const size = Math.ceil(raw.length / pieces);
          for (let at = 0; at < raw.length; at += size) socket.write(raw.subarray(at, at + size));
          if (cause === "STREAM_CUT") socket.end();
        });
        const request = await send(url, { api: name.includes("chat") ? "chat" : "completions" });
        expect(request.error?.code ?? null).toBe(cause);
        if (cause === null) {
          expect(request.firstTokenNs).toBeGreaterThan(request.sentNs);
          expect(request.lastTokenNs).toBeGreaterThanOrEqual(request.firstTokenNs);
          if (usage) expect(request.answer.completionTokens).toBe(Number(usage));
        }
      }
    },
  );
});

describe("completionsPath", () => {
  it.each([
    ["/", "/v1/completions"],
    ["/v1", "/v1/completions"],
    ["/v1/", "/v1/completions"],
    ["/proxy/vllm/", "/proxy/vllm/v1/completions"],
    ["/proxy/v1", "/proxy/v1/completions"],
  ])("%s → %s", (path, expected) => {
    expect(completionsPath(path, "completions")).toBe(expected);
  });
});
