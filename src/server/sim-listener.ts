import { createServer, type RequestListener, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { createSecureContext, type TlsOptions } from "node:tls";
import { UsageError } from "../errors.ts";
import { readTlsFiles } from "../transport/client.ts";
import type { ResolvedSimOptions } from "./sim-options.ts";

/**
 * The simulator's HTTP server, over TLS where the options name a certificate. Throws a UsageError `TLS_FILE_UNREADABLE`
 * or `SIM_OPTIONS` for files that are no certificate and its key.
 */
export function createListener(options: ResolvedSimOptions, listener: RequestListener): Server {
  if (options.tlsCert === null) return createServer(listener);
  return createTlsServer(readTlsOptions(options), listener);
}

function readTlsOptions({ tlsCert, tlsKey, tlsClientCa }: ResolvedSimOptions): TlsOptions {
  const { ca, cert, key } = readTlsFiles({ ca: tlsClientCa, cert: tlsCert, key: tlsKey, insecure: false });
  const files = {
    ...(cert === null ? {} : { cert }),
    ...(key === null ? {} : { key }),
    ...(ca === null ? {} : { ca }),
  };
  try {
    createSecureContext(files);
  } catch (cause) {
    const message = `cannot be used: ${cause instanceof Error ? cause.message : String(cause)}`;
    throw new UsageError("SIM_OPTIONS", [{ where: "tlsCert, tlsKey, tlsClientCa", message }], { cause });
  }
  return { ...files, requestCert: ca !== null, rejectUnauthorized: ca !== null };
}
