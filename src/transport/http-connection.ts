import { connect as connectTcp, isIP, type OnReadOpts, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { HttpReader, type ResponseReceiver } from "./http-reader.ts";
import type { TlsPlan } from "./plan.ts";
import { tlsOptions } from "./tls-options.ts";

/** How to open connections to one endpoint. */
export interface ConnectionOptions {
  origin: URL;
  /** What the TLS files say, by `readTlsFiles`. */
  tls: TlsPlan;
  /** Longest time to open a connection, ms. */
  connectTimeoutMs: number;
  /** Where sockets read to: one for all connections of a thread, as each read is used up before the next. */
  readBuffer: Buffer;
}

/** A request and whoever waits for its response. Exactly one of `onComplete` and `onError` is called, last of all. */
export interface HttpExchange extends ResponseReceiver {
  /** The request in full: head and body. Asked for when the connection is open; the moment of sending. */
  onConnected(): readonly Uint8Array[];
  /** The socket's bytes have come, before any of them is looked at. */
  onRead(): void;
  onComplete(): void;
  onError(cause: Error): void;
}

/**
 * A connection that carries one HTTP/1.1 exchange at a time. It opens with its first exchange, and again when the
 * socket was lost. Sockets read into one buffer and past Node's streams, which would cost more than all else that is
 * done for a token (docs/architecture.md, "The hot path").
 */
export class HttpConnection {
  /** Exchanges completed on its present socket; with none, a lost socket cannot be a kept one that grew stale. */
  answered = 0;

  readonly #options: ConnectionOptions;
  #reader = new HttpReader();
  #socket: Socket | null = null;
  #exchange: HttpExchange | null = null;

  constructor(options: ConnectionOptions) {
    this.#options = options;
  }

  /** Starts an exchange; the one before has ended. */
  start(exchange: HttpExchange): void {
    this.#exchange = exchange;
    if (this.#socket === null) this.#open();
    else {
      this.#reader.reset();
      this.#write(this.#socket, exchange);
    }
  }

  /** Ends the exchange if it is the one at hand, and the socket with it: its response may still be coming. */
  abort(exchange: HttpExchange, reason: Error): void {
    if (exchange === this.#exchange) this.#lose(reason);
  }

  close(): void {
    this.#lose(new Error("the connection was closed by its owner"));
  }

  #open(): void {
    // A new one: the lost socket's may be in the middle of its last bytes.
    this.#reader = new HttpReader();
    const socket = openSocket(this.#options, {
      buffer: this.#options.readBuffer,
      callback: (length, bytes) => {
        if (socket === this.#socket) this.#read(bytes as Buffer, length);
        return true;
      },
    });
    this.#socket = socket;
    const { connectTimeoutMs } = this.#options;
    const timeout = setTimeout(() => {
      if (socket === this.#socket)
        this.#lose(
          Object.assign(new Error(`no connection after ${connectTimeoutMs} ms`), { code: "ETIMEDOUT" }),
        );
    }, connectTimeoutMs);
    socket.once("encrypted" in socket ? "secureConnect" : "connect", () => {
      clearTimeout(timeout);
      if (socket !== this.#socket) return;
      if (this.#exchange) this.#write(socket, this.#exchange);
    });
    socket.once("end", () => {
      if (socket === this.#socket) this.#endWithClose();
    });
    socket.on("error", (cause) => {
      if (socket === this.#socket) this.#lose(cause);
    });
    socket.once("close", () => {
      clearTimeout(timeout);
      if (socket === this.#socket) this.#lose(closedByServer());
    });
  }

  #write(socket: Socket, exchange: HttpExchange): void {
    socket.cork();
    for (const part of exchange.onConnected()) socket.write(part);
    socket.uncork();
  }

  #read(bytes: Buffer, length: number): void {
    const exchange = this.#exchange;
    if (exchange === null) {
      // Nothing was asked: what comes now would be taken for the next answer.
      this.#lose(new Error("bytes without a request"));
      return;
    }
    const reader = this.#reader;
    exchange.onRead();
    let used: number;
    try {
      used = reader.push(bytes, length, exchange);
    } catch (cause) {
      this.#lose(cause as Error);
      return;
    }
    if (reader.isComplete && exchange === this.#exchange) this.#complete(exchange, used === length);
  }

  #complete(exchange: HttpExchange, isLastByte: boolean): void {
    this.#exchange = null;
    if (this.#reader.isKept && isLastByte && this.#socket?.writableLength === 0) this.answered += 1;
    else this.#lose(closedByServer());
    exchange.onComplete();
  }

  #endWithClose(): void {
    const exchange = this.#exchange;
    if (exchange !== null && this.#reader.endsWithClose()) this.#complete(exchange, true);
    else this.#lose(closedByServer());
  }

  #lose(cause: Error): void {
    const exchange = this.#exchange;
    const socket = this.#socket;
    this.#exchange = null;
    this.#socket = null;
    this.answered = 0;
    socket?.destroy();
    exchange?.onError(cause);
  }
}

function closedByServer(): Error {
  return new Error("the server closed the connection");
}

function openSocket({ origin, tls }: ConnectionOptions, onread: OnReadOpts): Socket {
  // A URL writes IPv6 addresses in brackets.
  const host = origin.hostname.replace(/^\[|\]$/g, "");
  const isTls = origin.protocol === "https:";
  const to = { host, port: Number(origin.port) || (isTls ? 443 : 80), noDelay: true, onread };
  if (!isTls) return connectTcp(to);
  return connectTls({
    ...to,
    ALPNProtocols: ["http/1.1"],
    ...(isIP(host) === 0 ? { servername: host } : {}),
    ...tlsOptions(tls),
  });
}
