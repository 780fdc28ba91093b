import { Agent, request } from "undici";
import { UsageError } from "../errors.ts";
import { readTlsFiles } from "../transport/client.ts";
import { connectorFor } from "../transport/connector.ts";
import type { TlsPlan } from "../transport/plan.ts";
import { unreachable } from "./endpoint-error.ts";

/** How an endpoint is asked. */
export interface EndpointAccess {
  /** Sent with every request, the authorization included. @default none */
  headers?: Readonly<Record<string, string>>;
  /** @default Node's own trust */
  tls?: TlsPlan;
  /** Longest time for one answer, ms. @default 10000 */
  timeoutMs?: number;
}

/** Access with every default filled in. */
export type ResolvedAccess = Required<EndpointAccess>;

/** What a plain GET brought. */
export interface GetAnswer {
  status: number;
  server: string;
  body: string;
}

/** Fills in the defaults. */
export function resolveAccess(access: EndpointAccess): ResolvedAccess {
  return {
    headers: access.headers ?? {},
    tls: access.tls ?? { ca: null, cert: null, key: null, insecure: false },
    timeoutMs: access.timeoutMs ?? 10_000,
  };
}

/** Asks an endpoint plain questions over connections of its own. */
export class EndpointClient {
  readonly #base: string;
  readonly #access: ResolvedAccess;
  readonly #agent: Agent;

  /** Throws a UsageError for a bad URL or an unreadable TLS file. */
  constructor(url: string, access: ResolvedAccess) {
    this.#base = baseOf(url);
    this.#access = access;
    this.#agent = new Agent({
      connect: connectorFor(readTlsFiles(access.tls), access.timeoutMs),
      headersTimeout: access.timeoutMs,
      bodyTimeout: access.timeoutMs,
    });
  }

  /** Throws an EndpointError when there is no answer at all; a status other than 200 is an answer. */
  async get(path: string): Promise<GetAnswer> {
    try {
      const { statusCode, headers, body } = await request(this.#base + path, {
        dispatcher: this.#agent,
        headers: this.#access.headers,
      });
      return { status: statusCode, server: String(headers.server ?? ""), body: await body.text() };
    } catch (cause) {
      throw unreachable(this.#base, cause, this.#access.timeoutMs);
    }
  }

  async close(): Promise<void> {
    await this.#agent.destroy();
  }
}

/** The JSON object of an answer with status 200, or an empty one. */
export function jsonOf({ status, body }: GetAnswer): Record<string, unknown> {
  if (status !== 200) return {};
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

/** Origin and path prefix, without the API's own `/v1`. */
function baseOf(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : null;
  if (parsed === null || (parsed.protocol !== "http:" && parsed.protocol !== "https:")) {
    const message = `must be an address such as http://127.0.0.1:8000, not "${url}"`;
    throw new UsageError("ENDPOINT_URL", [{ where: "endpoint", message }]);
  }
  return parsed.origin + parsed.pathname.replace(/\/+$/, "").replace(/\/v1$/, "");
}
