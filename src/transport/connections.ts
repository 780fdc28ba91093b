import { type buildConnector, Client } from "undici";
import { connectorFor } from "./connector.ts";
import type { TlsPlan } from "./plan.ts";

/** One connection: an undici client that is given one request at a time. */
export interface Connection {
  readonly client: Client;
  /** Requests answered on its present socket; with none, a lost socket cannot be a kept one that grew stale. */
  answered: number;
}

/** How to open connections to one endpoint. */
export interface ConnectionOptions {
  origin: string;
  /** What the TLS files say, by `readTlsFiles`. */
  tls: TlsPlan;
  /** Longest time to open a connection, ms. */
  connectTimeoutMs: number;
}

/** So many at once: listening servers have a backlog. */
const preopenAtOnce = 100;
const preopenTimeoutMs = 5000;

/**
 * The connections of one worker to one endpoint: the one that was used last is used next, so that idle ones grow old
 * and close. Requests beyond `most` wait in order of arrival.
 */
export class ConnectionPool {
  /** Requests that found no free connection. */
  waits = 0;

  readonly #origin: string;
  readonly #connector: buildConnector.connector;
  readonly #most: number;
  readonly #idle: Connection[] = [];
  readonly #all: Connection[] = [];
  readonly #waiting: ((connection: Connection) => void)[] = [];
  #nextWaiting = 0;

  constructor({ origin, tls, connectTimeoutMs }: ConnectionOptions, most: number) {
    this.#origin = origin;
    this.#connector = connectorFor(tls, connectTimeoutMs);
    this.#most = most;
  }

  /** Calls `use` with a free connection: at once, or when one is given back. */
  acquire(use: (connection: Connection) => void): void {
    const idle = this.#idle.pop();
    if (idle) use(idle);
    else if (this.#all.length < this.#most) use(this.#open());
    else {
      this.waits += 1;
      this.#waiting.push(use);
    }
  }

  release(connection: Connection): void {
    const next = this.#waiting[this.#nextWaiting];
    if (next === undefined) {
      this.#idle.push(connection);
      return;
    }
    this.#nextWaiting += 1;
    if (this.#nextWaiting === this.#waiting.length) {
      this.#waiting.length = 0;
      this.#nextWaiting = 0;
    }
    next(connection);
  }

  /** Opens connections until there are `count`, by a plain question that any server answers somehow. */
  async preopen(count: number): Promise<void> {
    const missing = Math.min(count, this.#most) - this.#all.length;
    const opened = Array.from({ length: Math.max(0, missing) }, () => this.#open());
    for (let at = 0; at < opened.length; at += preopenAtOnce) {
      const part = opened.slice(at, at + preopenAtOnce);
      await Promise.all(part.map((connection) => this.#ask(connection)));
      this.#idle.push(...part);
    }
  }

  async #ask(connection: Connection): Promise<void> {
    try {
      const { body } = await connection.client.request({
        method: "GET",
        path: "/health",
        signal: AbortSignal.timeout(preopenTimeoutMs),
      });
      await body.dump();
      connection.answered += 1;
    } catch {
      // The first request on it opens it, or fails and is counted.
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#all.map(({ client }) => client.destroy()));
  }

  #open(): Connection {
    const client = new Client(this.#origin, {
      pipelining: 1,
      // Time-outs are the caller's: one sweep over all requests instead of a timer each.
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: this.#connector,
    });
    const connection = { client, answered: 0 };
    client.on("disconnect", () => {
      connection.answered = 0;
    });
    this.#all.push(connection);
    return connection;
  }
}
