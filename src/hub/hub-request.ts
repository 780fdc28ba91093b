import { setTimeout as sleep } from "node:timers/promises";
import { FlexBenchError } from "../errors.ts";
import { type HubQuestion, refusalOf, unreachable } from "./hub-errors.ts";
import type { HubSettings } from "./hub-settings.ts";

const attempts = 4;
const firstPauseMs = 250;

/**
 * A fetch function for one question to the Hub: it sends the token, asks again after a failure that may pass, and throws
 * FlexBench's own errors for all others, so that every answer it returns is a success.
 */
export function hubFetch(settings: HubSettings, question: HubQuestion): typeof fetch {
  return async (input, init) => {
    const headers = new Headers(init?.headers);
    headers.set("user-agent", "flexbench");
    if (settings.token !== null) headers.set("authorization", `Bearer ${settings.token}`);
    let failure: FlexBenchError | null = null;
    for (let attempt = 0; attempt < attempts; attempt += 1) {
      if (attempt > 0) await sleep(firstPauseMs * 2 ** (attempt - 1));
      const answer = await asking(settings.endpoint, () => fetch(input, { ...init, headers }));
      if (answer instanceof FlexBenchError) {
        failure = answer;
        continue;
      }
      if (answer.ok) return answer;
      const errorCode = answer.headers.get("x-error-code");
      await answer.body?.cancel();
      const refusal = refusalOf(answer.status, errorCode, question);
      if (refusal !== null) throw refusal;
      failure = unreachable(settings.endpoint, `it answers with status ${answer.status}`);
    }
    throw failure ?? unreachable(settings.endpoint, "it does not answer");
  };
}

async function asking(endpoint: string, ask: () => Promise<Response>): Promise<Response | FlexBenchError> {
  try {
    return await ask();
  } catch (cause) {
    return unreachable(endpoint, networkReason(cause), cause);
  }
}

/** The reason of a failed fetch: what stands beneath "fetch failed". */
export function networkReason(cause: unknown): string {
  const inner = cause instanceof Error && cause.cause !== undefined ? cause.cause : cause;
  if (!(inner instanceof Error)) return String(inner);
  const code = "code" in inner ? String(inner.code) : "";
  return inner.message || code;
}
