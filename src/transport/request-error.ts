import { errors } from "undici";
import { HttpSyntaxError } from "./http-reader.ts";

/** Why a request failed: a stable code, and one example's message. */
export interface RequestError {
  /** `HTTP_503`, `STREAM_CUT`, `TIMEOUT_FIRST_TOKEN`, … */
  code: string;
  message: string;
}

/** How far a request had come when something went wrong. */
export type RequestStage = "connecting" | "waiting" | "headers" | "streaming";

const connectCodes: Record<string, string> = {
  ECONNREFUSED: "CONNECT_REFUSED",
  ENOTFOUND: "CONNECT_DNS",
  EAI_AGAIN: "CONNECT_DNS",
  EHOSTUNREACH: "CONNECT_UNREACHABLE",
  ENETUNREACH: "CONNECT_UNREACHABLE",
  EADDRNOTAVAIL: "CONNECT_NO_PORT",
  EMFILE: "CONNECT_NO_FILE",
  UND_ERR_CONNECT_TIMEOUT: "CONNECT_TIMEOUT",
  ETIMEDOUT: "CONNECT_TIMEOUT",
};

/** Node's and OpenSSL's codes of a failed handshake, by what is wrong; the first that matches. */
const tlsCodes: readonly (readonly [RegExp, string])[] = [
  [/^(ERR_TLS_CERT_ALTNAME_INVALID|TLS_HOST_NAME)$/, "TLS_HOST_NAME"],
  [/^CERT_(HAS_EXPIRED|NOT_YET_VALID)$/, "TLS_EXPIRED"],
  [/^(DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_GET_ISSUER|UNABLE_TO_VERIFY_LEAF|CERT_UNTRUSTED)/, "TLS_UNTRUSTED"],
  // The server's alerts about our certificate; without one, TLS 1.2 only says that the handshake failed.
  [/_ALERT_(CERTIFICATE_|BAD_CERTIFICATE|UNKNOWN_CA|UNSUPPORTED_CERTIFICATE)/, "TLS_CLIENT_CERTIFICATE"],
  [/^(ERR_TLS|ERR_SSL|EPROTO|CERT_|UNABLE_TO|ERR_OSSL)/, "TLS_FAILED"],
];

/** Gives a failure of the connection its stable code, by what the socket said and how far the request had come. */
export function connectionError(cause: unknown, stage: RequestStage): RequestError {
  const { code, message } = describe(cause);
  const tls = tlsCodes.find(([pattern]) => pattern.test(code));
  if (tls !== undefined) return { code: tls[1], message };
  const connect = connectCodes[code];
  if (connect !== undefined && stage === "connecting") return { code: connect, message };
  if (cause instanceof HttpSyntaxError || cause instanceof errors.HTTPParserError)
    return { code: "HTTP_MALFORMED", message };
  // Whether a reset overtakes the end of connecting is chance: both are one code.
  if (stage === "connecting" || stage === "waiting") return { code: "CLOSED_BEFORE_HEADERS", message };
  return { code: "STREAM_CUT", message };
}

/** The code of a time-out, by what had not come. */
export function timeoutError(stage: RequestStage, hasFirstToken: boolean, timeoutMs: number): RequestError {
  const missing =
    stage === "connecting"
      ? "CONNECT"
      : stage === "waiting"
        ? "HEADERS"
        : hasFirstToken
          ? "STREAM"
          : "FIRST_TOKEN";
  return { code: `TIMEOUT_${missing}`, message: `no end after ${timeoutMs} ms` };
}

function describe(cause: unknown): { code: string; message: string } {
  if (!(cause instanceof Error)) return { code: "", message: String(cause) };
  const code = "code" in cause && typeof cause.code === "string" ? cause.code : "";
  // Happy eyeballs gathers one error an address.
  if (cause instanceof AggregateError && cause.errors[0] instanceof Error) return describe(cause.errors[0]);
  // OpenSSL's message names lines of its source; its reason says what happened.
  const said = /^ERR_(SSL|OSSL)/.test(code) && "reason" in cause ? String(cause.reason) : cause.message;
  return { code, message: said.trim() || code };
}
