import { defineFault, plainFault } from "./sim-define-fault.ts";
import type { Fault } from "./sim-faults.ts";
import { errorBody } from "./sim-request.ts";
import { asciiJson, type Step } from "./sim-script.ts";
import { editHead } from "./sim-script-edits.ts";
import { wholeAnswer } from "./sim-wire.ts";

const statuses: Readonly<Record<number, string>> = {
  400: "The request was refused by a scripted fault.",
  403: "Forbidden by a scripted fault.",
  404: "The model does not exist, says a scripted fault.",
  408: "The request took too long, says a scripted fault.",
  500: "Internal error by a scripted fault.",
  502: "Bad gateway by a scripted fault.",
  504: "Gateway timeout by a scripted fault.",
};

/** Answers with another status than 200. */
export const refusedAnswers: Readonly<Record<string, Fault>> = {
  ...Object.fromEntries(
    Object.entries(statuses).map(([status, message]) => [
      `status-${status}`,
      refusal(Number(status), message),
    ]),
  ),
  "status-401": plainFault("failed", "Status 401, as vLLM answers without a key.", () =>
    wholeAnswer(401, asciiJson({ error: "Unauthorized" })),
  ),
  "status-429": defineFault({
    description: "Status 429 with Retry-After.",
    outcome: "failed",
    parameters: { retryAfter: 1 },
    rewrite: (_, { retryAfter }) => withRetryAfter(429, "Too many requests.", retryAfter),
  }),
  "status-503": defineFault({
    description: "Status 503 with Retry-After.",
    outcome: "failed",
    parameters: { retryAfter: 1 },
    rewrite: (_, { retryAfter }) => withRetryAfter(503, "The server is overloaded.", retryAfter),
  }),
  redirect: plainFault("failed", "Status 307 to another path.", () => [
    { do: "head", status: 307, headers: { location: "/v1/elsewhere", "content-length": "0" } },
    { do: "end" },
  ]),
  "no-content": plainFault("failed", "Status 204 without a body.", () => [
    { do: "head", status: 204, headers: {} },
    { do: "end" },
  ]),
  "html-page": plainFault("failed", "A proxy's HTML page with status 200.", () =>
    editHead(wholeAnswer(200, "<html><body>Bad gateway</body></html>\n"), {
      headers: { "content-type": "text/html" },
    }),
  ),
};

function refusal(status: number, message: string): Fault {
  return plainFault("failed", `Status ${status}.`, () =>
    wholeAnswer(status, asciiJson(errorBody(status, message))),
  );
}

function withRetryAfter(status: number, message: string, seconds: number): Step[] {
  const steps = wholeAnswer(status, asciiJson(errorBody(status, message, null, "RateLimitError")));
  return editHead(steps, { headers: { "retry-after": `${seconds}` } });
}
