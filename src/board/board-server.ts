import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { pipeline } from "node:stream/promises";
import { EnvironmentError, FlexBenchError, UsageError } from "../errors.ts";
import { type BoardApi, openBoardApi } from "./board-api.ts";
import { openapiDocument, openapiPage } from "./openapi.ts";
import type { Site, SiteFile } from "./site.ts";

/** A board that is being served. */
export interface BoardServer {
  /** E.g. `http://127.0.0.1:8080/`. */
  url: string;
  close(): Promise<void>;
}

/** How a board is served. */
export interface BoardServerOptions {
  /** @default "127.0.0.1" */
  host?: string;
  /** 0 takes a free one. @default 0 */
  port?: number;
  version: string;
  prices?: string;
}

const mostBodyBytes = 1_000_000;
const types: Readonly<Record<string, string>> = {
  ...{ html: "text/html; charset=utf-8", js: "text/javascript", css: "text/css", json: "application/json" },
  ...{ svg: "image/svg+xml", md: "text/plain; charset=utf-8", parquet: "application/vnd.apache.parquet" },
};
const loopback = /^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/;

/**
 * Serves the page, its data and the HTTP interface. On a loopback address it answers only those who call it by a loopback
 * name. Throws EnvironmentError `BOARD_NOT_SERVED` when it cannot listen.
 */
export async function startBoardServer(site: Site, options: BoardServerOptions): Promise<BoardServer> {
  const { host = "127.0.0.1", port = 0, version, prices } = options;
  const api = openBoardApi({ ...site, ...(prices === undefined ? {} : { prices }) });
  const isLocal = loopback.test(host.includes(":") ? `[${host}]` : host);
  const server = createServer((request, response) => {
    void answer(request, response).catch((error) => sendError(response, error));
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // A page of another site that made its name point here must not read the runs.
    if (isLocal && !loopback.test(request.headers.host ?? "")) return sendStatus(response, 403);
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    if (pathname.startsWith("/api/")) return await answerApi(api, pathname, request, response);
    if (request.method !== "GET" && request.method !== "HEAD") return sendStatus(response, 405);
    if (pathname === "/openapi.json") return sendJson(response, 200, openapiDocument(version));
    if (pathname === "/api")
      return sendText(response, "html", openapiPage(`http://${request.headers.host ?? ""}`));
    const file = site.files.get(pathname === "/" ? "index.html" : decodeURIComponent(pathname.slice(1)));
    if (file === undefined) return sendStatus(response, 404);
    await sendFile(request, response, pathname, file);
  }

  const url = await listen(server, host, port);
  return {
    url,
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

async function answerApi(
  api: BoardApi,
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (request.method !== (api.takesBody(path) ? "POST" : "GET")) return sendStatus(response, 405);
  // JSON of another site's page would need a preflight, which is not answered.
  if (api.takesBody(path) && !/^application\/json\b/.test(request.headers["content-type"] ?? ""))
    return sendStatus(response, 415);
  const answer = await api.answer(path, api.takesBody(path) ? await bodyOf(request) : null);
  if (answer === null) return sendStatus(response, 404);
  sendJson(response, 200, answer);
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > mostBodyBytes)
      throw new UsageError("BOARD_REQUEST", [{ where: "body", message: `is over ${mostBodyBytes} bytes` }]);
    parts.push(part);
  }
  try {
    return JSON.parse(Buffer.concat(parts).toString("utf8"));
  } catch (cause) {
    throw new UsageError("BOARD_REQUEST", [{ where: "body", message: "is no JSON" }], { cause });
  }
}

async function sendFile(
  request: IncomingMessage,
  response: ServerResponse,
  pathname: string,
  file: SiteFile,
): Promise<void> {
  const extension = pathname === "/" ? "html" : (pathname.split(".").at(-1) ?? "");
  const headers = {
    "content-type": types[extension] ?? "application/octet-stream",
    "cache-control": pathname.startsWith("/assets/") ? "max-age=31536000, immutable" : "no-cache",
  };
  if ("content" in file) {
    response.writeHead(200, headers).end(request.method === "HEAD" ? undefined : file.content);
    return;
  }
  const { size } = await stat(file.path);
  const range = rangeOf(request.headers.range, size);
  if (range === null)
    response.writeHead(200, { ...headers, "content-length": size, "accept-ranges": "bytes" });
  else
    response.writeHead(206, {
      ...headers,
      "content-length": range.end - range.start + 1,
      "content-range": `bytes ${range.start}-${range.end}/${size}`,
    });
  if (request.method === "HEAD") {
    response.end();
    return;
  }
  await pipeline(createReadStream(file.path, range ?? {}), response);
}

/** The one range of bytes that a reader of Parquet asks for; null for the whole. */
function rangeOf(header: string | undefined, size: number): { start: number; end: number } | null {
  const [, from = "", to = ""] = /^bytes=(\d*)-(\d*)$/.exec(header ?? "") ?? [];
  if (from === "" && to === "") return null;
  const start = from === "" ? Math.max(0, size - Number(to)) : Number(from);
  const end = from === "" || to === "" ? size - 1 : Math.min(size - 1, Number(to));
  return start <= end ? { start, end } : null;
}

function sendError(response: ServerResponse, error: unknown): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  if (!(error instanceof FlexBenchError)) {
    sendStatus(response, 500);
    return;
  }
  // What was not read of a body must not be taken for the next request.
  if (!response.req.complete) response.setHeader("connection", "close");
  const { code, message, hint } = error;
  const problems = error instanceof UsageError ? error.problems : [];
  const status = code.startsWith("BOARD_NO_") ? 404 : error instanceof UsageError ? 400 : 501;
  sendJson(response, status, { code, message, hint, problems });
}

function sendJson(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { "content-type": "application/json", "cache-control": "no-store" });
  response.end(JSON.stringify(value));
}

function sendText(response: ServerResponse, kind: string, text: string): void {
  response.writeHead(200, { "content-type": types[kind] ?? "text/plain" }).end(text);
}

function sendStatus(response: ServerResponse, status: number): void {
  response.writeHead(status, { "content-type": "text/plain" }).end(`${status}\n`);
}

function listen(server: Server, host: string, port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once("error", (cause) =>
      reject(
        new EnvironmentError("BOARD_NOT_SERVED", `The board cannot be served on ${host}:${port}.`, {
          hint: "Choose another --port, or 0 for a free one.",
          cause,
        }),
      ),
    );
    server.listen(port, host, () => {
      const address = server.address() as AddressInfo;
      resolve(`http://${host.includes(":") ? `[${host}]` : host}:${address.port}/`);
    });
  });
}
