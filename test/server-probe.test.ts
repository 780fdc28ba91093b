import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer as createHttpServer, type RequestListener } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { type AddressInfo, createServer as createTcpServer, type Server } from "node:net";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { EndpointError, UsageError } from "#src/errors.js";
import { checkEndpoint, probeEndpoint } from "#src/server/probe.js";
import type { RunningServer } from "#src/server/running-server.js";
import type { SimOptions } from "#src/server/sim-options.js";
import { spawnSim } from "#src/server/sim-process.js";
import { temporaryFolder } from "./child-script.js";

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()));
});

async function sim(options: SimOptions = {}): Promise<RunningServer> {
  const server = await spawnSim({
    ttft: { shape: "fixed", ms: 1 },
    itl: { shape: "fixed", ms: 1 },
    ...options,
  });
  stops.push(() => server.stop());
  return server;
}

async function listen(server: Server & { closeAllConnections?: () => void }): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  stops.push(
    () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections?.();
      }),
  );
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A server that answers by path; what is not named is 404. */
function answering(routes: Record<string, object | RequestListener>, server?: string): Promise<string> {
  return listen(
    createHttpServer((request, response) => {
      if (server !== undefined) response.setHeader("server", server);
      const route = routes[request.url ?? ""];
      if (typeof route === "function") route(request, response);
      else if (route === undefined) response.writeHead(404).end("{}");
      else response.setHeader("content-type", "application/json").end(JSON.stringify(route));
    }),
  );
}

const models = (owned_by: string, ...ids: string[]) => ({
  data: ids.map((id) => ({ id, object: "model", owned_by })),
});

const goodStream: RequestListener = (_request, response) => {
  response.setHeader("content-type", "text/event-stream");
  const event = (finish: string | null) =>
    `data: ${JSON.stringify({ choices: [{ index: 0, text: "a", delta: { content: "a" }, finish_reason: finish }] })}\n\n`;
  response.end(`${event(null)}${event("length")}data: [DONE]\n\n`);
};
const generations = { "/v1/completions": goodStream, "/v1/chat/completions": goodStream };

async function failureOf(promise: Promise<unknown>): Promise<EndpointError> {
  const error = await promise.then(
    () => expect.unreachable("no error"),
    (cause: unknown) => cause,
  );
  expect(error).toBeInstanceOf(EndpointError);
  expect(error).toMatchObject({ exitCode: 4, hint: expect.any(String) });
  return error as EndpointError;
}

describe("a probe", () => {
  it("tells everything about a good server", async () => {
    const server = await sim({ model: "tiny", maxModelLen: 2048 });
    const report = await probeEndpoint(server.url);
    expect(report).toMatchObject({
      server: { name: "flexbench-sim", version: server.version, simulated: true },
      models: [{ id: "tiny", aliases: [], maxModelLen: 2048 }],
      model: "tiny",
      healthy: true,
    });
    expect(report.metrics).toContain("vllm:generation_tokens_total");
    for (const probe of [report.completions, report.chat]) {
      expect(probe).toMatchObject({
        works: true,
        error: null,
        outputTokens: 8,
        returnsUsage: true,
        returnsTokenIds: true,
        finishReason: "length",
        sendsDone: true,
      });
      expect(probe.firstTokenNs).toBeGreaterThan(1e6);
      // 1 ms to the first token and seven gaps of 1 ms.
      expect(probe.latencyNs).toBeGreaterThan(8e6);
      expect(probe.latencyNs).toBeGreaterThan(probe.firstTokenNs ?? Infinity);
    }
  });

  it("reports an API that does not work, and goes on", async () => {
    const url = await answering({ "/v1/models": models("vllm", "m"), "/v1/completions": goodStream });
    const report = await probeEndpoint(url);
    expect(report.completions).toMatchObject({ works: true, returnsUsage: false, returnsTokenIds: false });
    expect(report.chat).toMatchObject({ works: false, error: { code: "HTTP_404" }, latencyNs: null });
    expect(report).toMatchObject({ healthy: false, metrics: [] });
  });

  it.each([
    ["vLLM", models("vllm", "m"), { "/version": { version: "0.32.0" } }, "0.32.0"],
    ["SGLang", models("sglang", "m"), { "/get_server_info": { version: "0.6.1" } }, "0.6.1"],
    ["TensorRT-LLM", models("tensorrt_llm", "m"), { "/version": { version: "1.2.0" } }, "1.2.0"],
    [
      "TGI",
      models("m", "m"),
      { "/info": { model_id: "m", max_concurrent_requests: 128, version: "3.3.1" } },
      "3.3.1",
    ],
    ["llama.cpp", models("llamacpp", "m"), { "/props": { build_info: "b7000-abc" } }, "b7000-abc"],
    ["unknown", models("me", "m"), {}, null],
  ])("recognises %s", async (name, listed, routes, version) => {
    const url = await answering({ "/v1/models": listed, ...generations, ...routes });
    expect((await probeEndpoint(url)).server).toEqual({ name, version, simulated: false });
  });

  it("recognises llama.cpp by its header, whatever its models say", async () => {
    const url = await answering({ "/v1/models": models("me", "m"), ...generations }, "llama.cpp");
    expect((await checkEndpoint(url)).server.name).toBe("llama.cpp");
  });
});

describe("a check", () => {
  it("costs one tiny generation and few milliseconds", async () => {
    const server = await sim();
    await checkEndpoint(server.url);
    const begun = performance.now();
    const check = await checkEndpoint(`${server.url}/v1/`, { api: "chat", model: "sim" });
    expect(performance.now() - begun).toBeLessThan(500);
    expect(check).toMatchObject({
      model: "sim",
      maxModelLen: 32768,
      returnsTokenIds: true,
      returnsUsage: true,
    });
    const metrics = await (await fetch(`${server.url}/metrics`)).text();
    expect(metrics).toMatch(/finished_reason="length"[^}]*\} 2\n/);
    expect(metrics).toMatch(/generation_tokens_total\{[^}]*\} 4\n/);
  });

  it("does without return_token_ids where unknown fields are refused", async () => {
    const strict: RequestListener = async (request, response) => {
      let body = "";
      for await (const piece of request) body += piece;
      if (body.includes("return_token_ids")) response.writeHead(422).end('{"detail":"extra fields"}');
      else goodStream(request, response);
    };
    const url = await answering({ "/v1/models": models("vllm", "m"), "/v1/completions": strict });
    expect(await checkEndpoint(url)).toMatchObject({ returnsTokenIds: false });
    expect((await sim({ tokenIds: false }).then(({ url }) => checkEndpoint(url))).returnsTokenIds).toBe(
      false,
    );
  });

  it("takes a named model from a server that lists none", async () => {
    const url = await answering(generations);
    expect(await checkEndpoint(url, { model: "m" })).toMatchObject({ model: "m", maxModelLen: null });
  });
});

describe("an endpoint that does not serve us", () => {
  it("ENDPOINT_REFUSED", async () => {
    const server = createTcpServer();
    const url = await listen(server);
    await Promise.all(stops.splice(0).map((stop) => stop()));
    const error = await failureOf(checkEndpoint(url));
    expect(error).toMatchObject({ code: "ENDPOINT_REFUSED", message: `Nothing listens at ${url}.` });
  });

  it("ENDPOINT_DNS", async () => {
    expect((await failureOf(checkEndpoint("http://no-such-host.invalid"))).code).toBe("ENDPOINT_DNS");
  });

  it("ENDPOINT_TIMEOUT, for a server that is silent", async () => {
    const url = await answering({ "/v1/models": () => {}, "/version": () => {} });
    const begun = performance.now();
    expect((await failureOf(checkEndpoint(url, { timeoutMs: 300 }))).code).toBe("ENDPOINT_TIMEOUT");
    expect(performance.now() - begun).toBeLessThan(5000);
  });

  it("ENDPOINT_TIMEOUT, for a generation that never begins", async () => {
    const server = await sim({ faults: [{ kind: "hang-before-first-token" }] });
    const error = await failureOf(checkEndpoint(server.url, { timeoutMs: 300 }));
    expect(error).toMatchObject({
      code: "ENDPOINT_TIMEOUT",
      message: expect.stringContaining("tiny request"),
    });
  });

  it("ENDPOINT_CLOSED and ENDPOINT_NOT_HTTP", async () => {
    const closing = await listen(createTcpServer((socket) => socket.destroy()));
    expect((await failureOf(checkEndpoint(closing))).code).toBe("ENDPOINT_CLOSED");
    const other = await listen(
      createTcpServer((socket) => {
        socket.on("error", () => {}).resume();
        socket.end("SSH-2.0-OpenSSH\r\n");
      }),
    );
    expect((await failureOf(checkEndpoint(other))).code).toBe("ENDPOINT_NOT_HTTP");
  });

  it("ENDPOINT_UNAUTHORIZED, and none with the key", async () => {
    const server = await sim({ apiKey: "secret" });
    const error = await failureOf(checkEndpoint(server.url));
    expect(error).toMatchObject({
      code: "ENDPOINT_UNAUTHORIZED",
      hint: expect.stringContaining("FLEXBENCH_API_KEY"),
    });
    const headers = { authorization: "Bearer secret" };
    expect(await checkEndpoint(server.url, { headers })).toMatchObject({ model: "sim" });
  });

  it("ENDPOINT_UNAUTHORIZED, where only generations need the key", async () => {
    const refuse: RequestListener = (_, response) => void response.writeHead(401).end("no");
    const url = await answering({ "/v1/models": models("vllm", "m"), "/v1/completions": refuse });
    expect((await failureOf(checkEndpoint(url))).code).toBe("ENDPOINT_UNAUTHORIZED");
  });

  it("ENDPOINT_STATUS", async () => {
    const busy: RequestListener = (_, response) => void response.writeHead(503).end("loading model");
    const error = await failureOf(checkEndpoint(await answering({ "/v1/models": busy })));
    expect(error).toMatchObject({ code: "ENDPOINT_STATUS", hint: expect.stringContaining("starting") });
    expect(error.message).toContain("503: loading model");
  });

  it("MODEL_NOT_FOUND lists the models and guesses", async () => {
    const url = await answering({ "/v1/models": models("vllm", "llama-8b", "qwen"), ...generations });
    const error = await failureOf(checkEndpoint(url, { model: "lama-8b" }));
    expect(error).toMatchObject({
      code: "MODEL_NOT_FOUND",
      hint: "It serves llama-8b, qwen. Did you mean llama-8b?",
    });
    expect(await failureOf(checkEndpoint(url))).toMatchObject({
      code: "MODEL_UNCLEAR",
      hint: expect.stringContaining("llama-8b, qwen"),
    });
  });

  it("MODEL_NOT_FOUND, when only the generation tells", async () => {
    const missing: RequestListener = (_, response) =>
      void response.writeHead(404).end('{"error":{"message":"The model `m` does not exist."}}');
    const url = await answering({ "/v1/completions": missing });
    expect((await failureOf(checkEndpoint(url, { model: "m" }))).code).toBe("MODEL_NOT_FOUND");
  });

  it("API_MISSING names the other one", async () => {
    const url = await answering({ "/v1/models": models("vllm", "m"), "/v1/completions": goodStream });
    const error = await failureOf(checkEndpoint(url, { api: "chat" }));
    expect(error).toMatchObject({ code: "API_MISSING", hint: "Try --api completions." });
  });

  it.each(["error-event", "reset-mid-stream", "missing-finish-reason", "status-500"])(
    "GENERATION_FAILED: %s",
    async (kind) => {
      const server = await sim({ faults: [{ kind }] });
      expect((await failureOf(checkEndpoint(server.url))).code).toBe("GENERATION_FAILED");
    },
  );

  it("an address that is none is the user's error", async () => {
    for (const url of ["localhost:8000", "ftp://x", ""]) {
      await expect(checkEndpoint(url)).rejects.toBeInstanceOf(UsageError);
    }
  });
});

describe("TLS", () => {
  const folder = temporaryFolder();
  const key = join(folder, "key.pem");
  const cert = join(folder, "cert.pem");
  const access = { ca: null, cert: null, key: null, insecure: false };
  let url = "";
  let stop = async () => {};
  beforeAll(async () => {
    execFileSync(
      "openssl",
      [
        ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"],
        ...["-keyout", key, "-out", cert, "-days", "2", "-subj", "/CN=localhost"],
        ...["-addext", "subjectAltName=IP:127.0.0.1"],
      ],
      { stdio: "ignore" },
    );
    const server = createHttpsServer(
      { key: readFileSync(key), cert: readFileSync(cert) },
      (request, response) => {
        if (request.url === "/v1/models") response.end(JSON.stringify(models("vllm", "m")));
        else if (request.method === "POST") goodStream(request, response);
        else response.writeHead(404).end();
      },
    );
    url = (await listen(server)).replace("http:", "https:");
    stop = stops.pop() ?? stop;
  });
  afterAll(() => stop());

  it("ENDPOINT_TLS_UNTRUSTED for a certificate of nobody", async () => {
    const error = await failureOf(checkEndpoint(url));
    expect(error).toMatchObject({
      code: "ENDPOINT_TLS_UNTRUSTED",
      hint: expect.stringContaining("--tls-ca"),
    });
  });

  it("works with the authority, or without looking", async () => {
    expect(await checkEndpoint(url, { tls: { ...access, ca: cert } })).toMatchObject({ model: "m" });
    expect(await checkEndpoint(url, { tls: { ...access, insecure: true } })).toMatchObject({ model: "m" });
  });

  it("ENDPOINT_TLS for https to plain http, ENDPOINT_CLOSED the other way round", async () => {
    const plain = await answering({});
    const error = await failureOf(checkEndpoint(plain.replace("http:", "https:")));
    expect(error).toMatchObject({ code: "ENDPOINT_TLS", hint: expect.stringContaining("plain http") });
    expect((await failureOf(checkEndpoint(url.replace("https:", "http:")))).code).toMatch(
      /^ENDPOINT_(CLOSED|STATUS|NOT_HTTP)$/,
    );
  });

  it("an unreadable file is the user's error", async () => {
    const tls = { ...access, ca: join(folder, "none.pem") };
    await expect(checkEndpoint(url, { tls })).rejects.toMatchObject({
      code: "TLS_FILE_UNREADABLE",
      exitCode: 2,
    });
  });
});
