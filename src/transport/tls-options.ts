import type { TlsPlan } from "./plan.ts";

/** What Node's TLS is told of a plan that holds what its files say (`readTlsFiles`); what is null is left to its defaults. */
export function tlsOptions({ ca, cert, key, insecure }: TlsPlan): {
  ca?: string;
  cert?: string;
  key?: string;
  rejectUnauthorized?: boolean;
} {
  return {
    ...(ca === null ? {} : { ca }),
    ...(cert === null ? {} : { cert }),
    ...(key === null ? {} : { key }),
    ...(insecure ? { rejectUnauthorized: false } : {}),
  };
}
