import { type ConnectionOptions, HttpConnection, type HttpExchange } from "./http-connection.ts";

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

  readonly #options: ConnectionOptions;
  readonly #most: number;
  readonly #question: Uint8Array;
  readonly #idle: HttpConnection[] = [];
  readonly #all: HttpConnection[] = [];
  readonly #waiting: ((connection: HttpConnection) => void)[] = [];
  #nextWaiting = 0;

  /** `question` is a whole request that any server answers somehow. */
  constructor(options: ConnectionOptions, most: number, question: Uint8Array) {
    this.#options = options;
    this.#most = most;
    this.#question = question;
  }

  /** Calls `use` with a free connection: at once, or when one is given back. */
  acquire(use: (connection: HttpConnection) => void): void {
    const idle = this.#idle.pop();
    if (idle) use(idle);
    else if (this.#all.length < this.#most) use(this.#open());
    else {
      this.waits += 1;
      this.#waiting.push(use);
    }
  }

  release(connection: HttpConnection): void {
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

  /** Opens connections until there are `count`, by a plain question on each. */
  async preopen(count: number): Promise<void> {
    const missing = Math.min(count, this.#most) - this.#all.length;
    const opened = Array.from({ length: Math.max(0, missing) }, () => this.#open());
    for (let at = 0; at < opened.length; at += preopenAtOnce) {
      const part = opened.slice(at, at + preopenAtOnce);
      await Promise.all(part.map((connection) => this.#ask(connection)));
      this.#idle.push(...part);
    }
  }

  /** Resolves when it has an answer, or none: the first request on it opens it again, or fails and is counted. */
  #ask(connection: HttpConnection): Promise<void> {
    return new Promise((resolve) => {
      const timeout = setTimeout(
        () => connection.abort(exchange, new Error("no answer in time")),
        preopenTimeoutMs,
      );
      const settle = () => {
        clearTimeout(timeout);
        resolve();
      };
      const exchange: HttpExchange = {
        onConnected: () => [this.#question],
        onRead: () => undefined,
        onHead: () => undefined,
        onBody: () => undefined,
        onComplete: settle,
        onError: settle,
      };
      connection.start(exchange);
    });
  }

  close(): void {
    for (const connection of this.#all) connection.close();
  }

  #open(): HttpConnection {
    const connection = new HttpConnection(this.#options);
    this.#all.push(connection);
    return connection;
  }
}
