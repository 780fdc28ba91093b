import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { pipeline } from "node:stream/promises";
import { EnvironmentError, UsageError } from "../errors.ts";
import { type BoardApi, openBoardApi } from "./board-api.ts";
import { byteRange } from "./byte-range.ts";
import { HttpProblem, problemAnswer } from "./http-problem.ts";
import { openapiDocument } from "./openapi.ts";
import { openapiPage } from "./openapi-page.ts";
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
  const paths = [site.dataset, site.predictor, prices ?? null].filter((path) => path !== null);
  const server = createServer((request, response) => {
    void answer(request, response).catch((error) => sendError(response, error, paths));
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // A page of another site that made its name point here must not read the runs.
    if (isLocal && !loopback.test(request.headers.host ?? ""))
      throw new HttpProblem(403, "BOARD_HOST", "This board answers only to a name of this machine.");
    const pathname = pathOf(request);
    if (pathname.startsWith("/api/")) return await answerApi(api, pathname, request, response);
    if (request.method !== "GET" && request.method !== "HEAD") throw otherMethod("GET, HEAD");
    if (pathname === "/openapi.json") return sendJson(response, 200, openapiDocument(version));
    if (pathname === "/api")
      return sendText(response, "html", openapiPage(`http://${request.headers.host ?? ""}`));
    const file = site.files.get(pathname === "/" ? "index.html" : pathname.slice(1));
    if (file === undefined) throw nothingThere();
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

/** The path of a request, decoded. Throws HttpProblem for one that is no address. */
function pathOf(request: IncomingMessage): string {
  try {
    return decodeURIComponent(new URL(request.url ?? "/", "http://localhost").pathname);
  } catch {
    throw new HttpProblem(400, "BOARD_ADDRESS", "The address of the request is none.");
  }
}

const nothingThere = (): HttpProblem =>
  new HttpProblem(404, "BOARD_NOT_FOUND", "There is nothing at this address.", {
    hint: "/api tells what can be asked.",
  });

const otherMethod = (allow: string): HttpProblem =>
  new HttpProblem(405, "BOARD_METHOD", `This address takes ${allow}.`, { headers: { allow } });

async function answerApi(
  api: BoardApi,
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const method = api.takesBody(path) ? "POST" : "GET";
  if (request.method !== method) throw otherMethod(method);
  // JSON of another site's page would need a preflight, which is not answered.
  if (method === "POST" && !/^application\/json\b/.test(request.headers["content-type"] ?? ""))
    throw new HttpProblem(415, "BOARD_CONTENT_TYPE", "The body must be application/json.");
  const answer = await api.answer(path, method === "POST" ? await bodyOf(request) : null);
  if (answer === null) throw nothingThere();
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
  const range = byteRange(request.headers.range, size);
  if (range.state === "outside")
    throw new HttpProblem(416, "BOARD_RANGE", `The file has ${size} bytes.`, {
      headers: { "content-range": `bytes */${size}` },
    });
  if (range.state === "whole")
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
  const part = range.state === "part" ? { start: range.start, end: range.end } : {};
  await pipeline(createReadStream(file.path, part), response);
}

function sendError(response: ServerResponse, error: unknown, paths: readonly string[]): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  // What was not read of a body must not be taken for the next request.
  if (!response.req.complete) response.setHeader("connection", "close");
  const { status, headers, body } = problemAnswer(error, paths);
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  sendJson(response, status, body);
}

function sendJson(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { "content-type": "application/json", "cache-control": "no-store" });
  response.end(JSON.stringify(value));
}

function sendText(response: ServerResponse, kind: string, text: string): void {
  response.writeHead(200, { "content-type": types[kind] ?? "text/plain" }).end(text);
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
