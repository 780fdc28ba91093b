import { errors } from "undici";

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

const tlsCodes = /^(ERR_TLS|ERR_SSL|EPROTO|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|ERR_OSSL)/;

/** Gives a failure of the connection its stable code, by what the socket said and how far the request had come. */
export function connectionError(cause: unknown, stage: RequestStage): RequestError {
  const { code, message } = describe(cause);
  if (tlsCodes.test(code)) return { code: "TLS_FAILED", message };
  const connect = connectCodes[code];
  if (connect !== undefined && stage === "connecting") return { code: connect, message };
  if (cause instanceof errors.HTTPParserError) return { code: "HTTP_MALFORMED", message };
  if (code === "UND_ERR_REQ_CONTENT_LENGTH_MISMATCH") return { code: "REQUEST_REFUSED", message };
  if (stage === "connecting") return { code: "CONNECT_RESET", message };
  if (stage === "waiting") return { code: "CLOSED_BEFORE_HEADERS", message };
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
  return { code, message: cause.message || code };
}
