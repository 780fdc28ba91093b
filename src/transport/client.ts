import { readFileSync } from "node:fs";
import { type Problem, UsageError } from "../errors.ts";
import type { AnswerOptions } from "./answer.ts";
import { ConnectionPool } from "./connections.ts";
import { EndpointBoard } from "./endpoint-board.ts";
import type { HttpConnection } from "./http-connection.ts";
import type { TlsPlan, TransportPlan } from "./plan.ts";
import type { RequestError } from "./request-error.ts";
import { bodiless, requestHead } from "./request-head.ts";
import { type NowNs, type RequestCarrier, type RequestListener, StreamRequest } from "./stream-request.ts";

/** What the client writes on a request's tag: where it went. */
export interface Routed {
  /** Index of the endpoint. */
  endpoint: number;
}

const connectTimeoutMs = 10_000;
const sweepIntervalMs = 50;
/** Linux gives a socket's bytes in parts of at most this size, seldom of more than a few hundred bytes. */
const readBufferBytes = 64 * 1024;
/** Of a request that met a connection just closed by the server. */
const staleCode = "CLOSED_BEFORE_HEADERS";

/**
 * Streams requests to one or more OpenAI endpoints: the one with the fewest outstanding first. No timer and no
 * promise a request. A request that meets a kept connection which the server has closed, before any byte of an answer,
 * is sent once more on another; `staleRetries` counts them.
 */
export class StreamClient<Tag extends Routed> implements RequestCarrier<Tag> {
  staleRetries = 0;

  readonly #settings: { answer: AnswerOptions; timeoutMs: number; now: NowNs };
  readonly #listener: RequestListener<Tag>;
  readonly #board: EndpointBoard;
  readonly #pools: ConnectionPool[];
  readonly #heads: string[];
  /** Without a connection yet. */
  readonly #queued = new Set<StreamRequest<Tag>>();
  /** In the order of getting a connection, which is the order of timing out. */
  readonly #running = new Set<StreamRequest<Tag>>();
  readonly #connections = new Map<StreamRequest<Tag>, HttpConnection>();
  readonly #sweep: NodeJS.Timeout;

  /** Throws UsageError `TLS_FILE_UNREADABLE`. `connections` is this client's share, over all endpoints. */
  constructor(options: {
    plan: TransportPlan;
    payload: AnswerOptions["payload"];
    connections: number;
    /** Shared by all workers; a board of its own by default. */
    board?: EndpointBoard;
    now: NowNs;
    listener: RequestListener<Tag>;
  }) {
    const { plan, payload, connections, board, now, listener } = options;
    const reasoning = plan.reasoning === undefined ? {} : { reasoning: plan.reasoning };
    this.#settings = { answer: { api: plan.api, payload, ...reasoning }, timeoutMs: plan.timeoutMs, now };
    this.#board = board ?? new EndpointBoard(plan.endpoints.length);
    this.#listener = listener;
    const tls = readTlsFiles(plan.tls);
    const urls = plan.endpoints.map(({ url }) => new URL(url));
    const most = Math.max(1, Math.floor(connections / urls.length));
    const readBuffer = Buffer.allocUnsafeSlow(readBufferBytes);
    this.#pools = urls.map((origin) => {
      const question = bodiless(requestHead("GET", origin, "/health", {}));
      return new ConnectionPool({ origin, tls, connectTimeoutMs, readBuffer }, most, question);
    });
    const headers = {
      "content-type": "application/json",
      accept: "text/event-stream",
      "accept-encoding": "identity",
      ...plan.headers,
    };
    this.#heads = urls.map((url) =>
      requestHead("POST", url, completionsPath(url.pathname, plan.api), headers),
    );
    this.#sweep = setInterval(() => this.#timeOutOverdue(), sweepIntervalMs);
    this.#sweep.unref();
  }

  /** Requests that had to wait for a free connection. */
  get connectionWaits(): number {
    return this.#pools.reduce((sum, pool) => sum + pool.waits, 0);
  }

  /** Opens up to `count` connections, dealt out over the endpoints, and waits for them; those that fail are left to requests. */
  async preopen(count: number): Promise<void> {
    const share = Math.ceil(count / this.#pools.length);
    await Promise.all(this.#pools.map((pool) => pool.preopen(share)));
  }

  /** Sends a request; `body` is JSON and is not copied. */
  send(tag: Tag, body: Uint8Array): void {
    tag.endpoint = this.#board.take();
    const request = new StreamRequest({ tag, body }, this.#settings, this, this.#listener);
    this.#queued.add(request);
    this.#dispatch(request);
  }

  /** Ends every running request with this error. */
  abandonAll(error: RequestError): void {
    for (const request of [...this.#queued, ...this.#running]) request.abandon(error);
  }

  close(): void {
    clearInterval(this.#sweep);
    for (const pool of this.#pools) pool.close();
  }

  ended(request: StreamRequest<Tag>): void {
    this.#queued.delete(request);
    this.#running.delete(request);
    const { error, tag } = request;
    this.#board.giveBack(tag.endpoint, error === null || !/^(CONNECT|TLS)_/.test(error.code));
  }

  released(request: StreamRequest<Tag>): void {
    const connection = this.#connections.get(request);
    if (!connection) return;
    this.#connections.delete(request);
    this.#pools[request.tag.endpoint]?.release(connection);
  }

  retried(request: StreamRequest<Tag>, error: RequestError): boolean {
    const connection = this.#connections.get(request);
    if (!connection || !request.onKeptConnection || error.code !== staleCode) return false;
    this.staleRetries += 1;
    // Once only, and over the same connection, which opens a new socket: another one may be stale too.
    request.start(connection, this.#heads[request.tag.endpoint] as string);
    return true;
  }

  #dispatch(request: StreamRequest<Tag>): void {
    const { endpoint } = request.tag;
    const pool = this.#pools[endpoint] as ConnectionPool;
    pool.acquire((connection) => {
      if (request.ended) {
        pool.release(connection);
        return;
      }
      this.#queued.delete(request);
      this.#running.add(request);
      this.#connections.set(request, connection);
      request.start(connection, this.#heads[endpoint] as string);
    });
  }

  #timeOutOverdue(): void {
    const overdueNs = this.#settings.now() - this.#settings.timeoutMs * 1e6;
    for (const request of this.#running) {
      if (request.connectedNs > overdueNs) return;
      request.timeOut();
    }
  }
}

/** The API's path below an endpoint, which may itself end in /v1. */
export function completionsPath(endpointPath: string, api: TransportPlan["api"]): string {
  const prefix = endpointPath.replace(/\/+$/, "").replace(/\/v1$/, "");
  return `${prefix}/v1/${api === "chat" ? "chat/completions" : "completions"}`;
}

/** The contents of the files that a TLS plan names. Throws UsageError `TLS_FILE_UNREADABLE`. */
export function readTlsFiles(tls: TlsPlan): TlsPlan {
  const problems: Problem[] = [];
  const read = (path: string | null): string | null => {
    if (path === null) return null;
    try {
      return readFileSync(path, "utf8");
    } catch {
      problems.push({ where: path, message: "the TLS file cannot be read" });
      return null;
    }
  };
  const files = { ca: read(tls.ca), cert: read(tls.cert), key: read(tls.key), insecure: tls.insecure };
  if (problems.length > 0) throw new UsageError("TLS_FILE_UNREADABLE", problems);
  return files;
}
