import { TLSSocket } from "node:tls";
import { buildConnector } from "undici";
import type { TlsPlan } from "./plan.ts";
import { tlsOptions } from "./tls-options.ts";

/** Opens sockets for undici; `tls` holds what its files say, see `readTlsFiles`. `timeoutMs` is the longest time to open one. */
export function connectorFor(tls: TlsPlan, timeoutMs: number): buildConnector.connector {
  const connect = buildConnector({
    ...tlsOptions(tls),
    timeout: timeoutMs,
    noDelay: true,
  });
  return (options, callback) =>
    connect(options, (...opened) => {
      const [error, socket] = opened;
      // A server's alert comes after the handshake, and the end of the connection after it would hide the reason.
      if (socket instanceof TLSSocket) socket.once("error", () => socket.destroy());
      if (error !== null && isHostNameError(error)) callback(new HostNameError(error), null);
      else callback(...opened);
    });
}

/**
 * The server's certificate is for another host. By Node's own code for it undici would take the request for one that
 * still runs, and send nothing more on that client.
 */
class HostNameError extends Error {
  readonly code = "TLS_HOST_NAME";

  constructor(cause: Error) {
    super(cause.message, { cause });
  }
}

function isHostNameError(error: Error): boolean {
  return "code" in error && error.code === "ERR_TLS_CERT_ALTNAME_INVALID";
}
