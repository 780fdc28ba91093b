import { TLSSocket } from "node:tls";
import { buildConnector } from "undici";
import type { TlsPlan } from "./plan.ts";

/** Opens sockets for undici; `tls` holds what its files say, see `readTlsFiles`. `timeoutMs` is the longest time to open one. */
export function connectorFor(tls: TlsPlan, timeoutMs: number): buildConnector.connector {
  const connect = buildConnector({
    timeout: timeoutMs,
    noDelay: true,
    ...(tls.ca === null ? {} : { ca: tls.ca }),
    ...(tls.cert === null ? {} : { cert: tls.cert }),
    ...(tls.key === null ? {} : { key: tls.key }),
    ...(tls.insecure ? { rejectUnauthorized: false } : {}),
  });
  return (options, callback) =>
    connect(options, (...opened) => {
      const [, socket] = opened;
      // A server's alert comes after the handshake, and the end of the connection after it would hide the reason.
      if (socket instanceof TLSSocket) socket.once("error", () => socket.destroy());
      callback(...opened);
    });
}
