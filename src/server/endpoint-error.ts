import { EndpointError } from "../errors.ts";
import { connectionError } from "../transport/request-error.ts";

/** What to do about a failed handshake, by the code of `connectionError`. */
const tlsHints: Readonly<Record<string, string>> = {
  TLS_HOST_NAME: "Use the host name that its certificate is for, or accept any certificate with --insecure.",
  TLS_EXPIRED:
    "Renew its certificate, check this machine's clock, or accept any certificate with --insecure.",
  TLS_UNTRUSTED:
    "Name its authority with --tls-ca or NODE_EXTRA_CA_CERTS, or accept any certificate with --insecure.",
  TLS_CLIENT_CERTIFICATE: "Give a client certificate that it accepts with --tls-cert and --tls-key.",
  TLS_FAILED:
    "Name its authority with --tls-ca, a client certificate with --tls-cert and --tls-key, or accept any with --insecure.",
};

/** The error of an endpoint that could not be talked to, with the fix. */
export function unreachable(url: string, cause: unknown, timeoutMs: number): EndpointError {
  if (/^UND_ERR_(HEADERS|BODY)_TIMEOUT$/.test(codeOf(cause))) return timedOut(url, timeoutMs, cause);
  const { code, message } = connectionError(cause, "connecting");
  const tlsHint = tlsHints[code];
  if (tlsHint !== undefined) {
    const hint = /wrong version number|packet length/i.test(message)
      ? "The server may speak plain http."
      : tlsHint;
    const tlsCode = code === "TLS_FAILED" ? "ENDPOINT_TLS" : `ENDPOINT_${code}`;
    const sentence = `The TLS handshake with ${url} failed: ${message.replace(/[\s:]+$/, "")}.`;
    return new EndpointError(tlsCode, sentence, { hint, cause });
  }
  switch (code) {
    case "CONNECT_REFUSED":
      return new EndpointError("ENDPOINT_REFUSED", `Nothing listens at ${url}.`, {
        hint: "Start the server, or check host and port.",
        cause,
      });
    case "CONNECT_DNS":
      return new EndpointError("ENDPOINT_DNS", `The host name of ${url} is not known.`, {
        hint: "Check the spelling and the name server.",
        cause,
      });
    case "CONNECT_TIMEOUT":
      return timedOut(url, timeoutMs, cause);
    case "CONNECT_UNREACHABLE":
      return new EndpointError("ENDPOINT_UNREACHABLE", `There is no route to ${url}.`, {
        hint: "Check the network and the address.",
        cause,
      });
    case "HTTP_MALFORMED":
      return new EndpointError("ENDPOINT_NOT_HTTP", `What listens at ${url} does not speak HTTP.`, {
        hint: "Check the port.",
        cause,
      });
    default:
      return new EndpointError(
        "ENDPOINT_CLOSED",
        `${url} closed the connection without an answer: ${message}`,
        {
          hint: url.startsWith("http:")
            ? "The server may want https."
            : "Look into the server's log; it may not accept the client certificate.",
          cause,
        },
      );
  }
}

/** The error of a status that says that the endpoint does not serve us. */
export function refusedByStatus(url: string, status: number, body: string): EndpointError {
  const said = body.trim().slice(0, 200);
  if (status === 401 || status === 403) {
    return new EndpointError("ENDPOINT_UNAUTHORIZED", `${url} answers ${status}: ${said}`, {
      hint: "Give its key in FLEXBENCH_API_KEY, or another --header.",
    });
  }
  return new EndpointError("ENDPOINT_STATUS", `${url} answers ${status}: ${said}`, {
    hint: status === 503 ? "The server may still be starting." : "Look into the server's log.",
  });
}

function timedOut(url: string, timeoutMs: number, cause: unknown): EndpointError {
  return new EndpointError("ENDPOINT_TIMEOUT", `${url} did not answer within ${timeoutMs} ms.`, {
    hint: "Check that the server is up and not overloaded, or allow more time.",
    cause,
  });
}

function codeOf(cause: unknown): string {
  return cause instanceof Error && "code" in cause ? String(cause.code) : "";
}
