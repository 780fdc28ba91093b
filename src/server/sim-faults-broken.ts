import { gzipSync } from "node:zlib";
import { defineFault, plainFault } from "./sim-define-fault.ts";
import type { Fault } from "./sim-faults.ts";
import { errorBody } from "./sim-request.ts";
import { asciiJson, dataEvent, type Step } from "./sim-script.ts";
import {
  editHead,
  editPayload,
  editToken,
  replaceEvents,
  setText,
  setUsage,
  upToToken,
  without,
} from "./sim-script-edits.ts";

const errorEvent = dataEvent(
  "error",
  asciiJson(errorBody(500, "EngineCore encountered an issue by a scripted fault.")),
);
const doneEvent = dataEvent("done", "[DONE]");
const tokens = 3;

/** A reset overtakes what was sent just before it; the pause lets the client read that first. */
const settle: Step = { do: "pause", ms: 20 };
const hang: Step = { do: "hang" };

/** Answers that begin with status 200 and are not good. */
export const brokenAnswers: Readonly<Record<string, Fault>> = {
  "error-event": plainFault("failed", "An error event instead of tokens, inside a 200.", (steps) => [
    ...upToToken(steps, 0),
    errorEvent,
    doneEvent,
    { do: "end" },
  ]),
  "error-after-tokens": afterTokens("An error event after some tokens, then [DONE] and a clean end.", [
    errorEvent,
    doneEvent,
    { do: "end" },
  ]),
  "error-then-close": afterTokens("An error event after some tokens, then the connection is closed.", [
    errorEvent,
    { do: "close" },
  ]),
  "reset-at-connect": {
    description: "The connection is reset as soon as it is accepted; counts connections, not requests.",
    outcome: "failed",
    parameters: {},
    strikes: "new-connection",
    rewrite: () => [{ do: "reset" }],
  },
  "reset-before-headers": plainFault("failed", "The connection is reset instead of an answer.", () => [
    { do: "reset" },
  ]),
  "reset-after-headers": plainFault("failed", "The connection is reset after the headers.", (steps) => [
    ...upToToken(steps, 0),
    settle,
    { do: "reset" },
  ]),
  "reset-mid-stream": afterTokens("The connection is reset after some tokens.", [settle, { do: "reset" }]),
  "close-before-headers": plainFault("failed", "The connection is closed instead of an answer.", () => [
    { do: "close" },
  ]),
  "close-mid-stream": afterTokens("The connection is closed after some tokens.", [{ do: "close" }]),
  "close-without-done": plainFault(
    "failed",
    "All tokens, then the connection is closed: no [DONE], no last chunk.",
    (steps) => closed(without(steps, "done")),
  ),
  "close-after-done": plainFault(
    "failed",
    "All tokens and [DONE], then the connection is closed without HTTP's last chunk.",
    closed,
  ),
  "missing-finish-reason": plainFault("failed", "No event says why the answer ended.", (steps) =>
    replaceEvents(steps, (event) => [
      editPayload(event, ({ choices }) => {
        for (const choice of choices) choice.finish_reason = null;
      }),
    ]),
  ),
  "hang-before-headers": plainFault("failed", "Nothing is ever sent.", () => [hang]),
  "hang-before-first-token": plainFault("failed", "Headers, then silence.", (steps) => [
    ...upToToken(steps, 0),
    hang,
  ]),
  "hang-mid-stream": afterTokens("Silence after some tokens.", [hang]),
  "hang-before-done": plainFault("failed", "All tokens, then silence.", (steps) => [
    ...without(steps, "done").filter((step) => step.do !== "end"),
    hang,
  ]),
  "hang-before-last-chunk": plainFault("failed", "[DONE], then silence instead of HTTP's end.", (steps) => [
    ...steps.filter((step) => step.do !== "end"),
    hang,
  ]),
  "invalid-json": defineFault({
    description: "One token's event is not JSON.",
    outcome: "failed",
    parameters: { tokens },
    rewrite: (steps, { tokens }) =>
      editToken(steps, tokens, (event) => [
        { ...event, body: event.body.toString().replace('"choices":[', "") },
      ]),
  }),
  "bad-chunk": afterTokens("A chunk whose length is not a number.", [
    { do: "raw", bytes: "zz\r\nnot a chunk\r\n" },
    { do: "close" },
  ]),
  "short-body": plainFault("failed", "The body is shorter than its Content-Length.", (steps) =>
    closed(editHead(steps, { headers: { "content-length": "10000000" } })),
  ),
  gzip: plainFault("failed", "The stream is compressed although that was not asked for.", (steps) =>
    replaceEvents(editHead(steps, { headers: { "content-encoding": "gzip" } }), (event) => [
      { ...event, body: gzipSync(event.body) },
    ]),
  ),
  "wrong-content-type": plainFault("failed", "The stream calls itself application/json.", (steps) =>
    editHead(steps, { headers: { "content-type": "application/json" } }),
  ),
  "usage-wrong": defineFault({
    description: "Usage counts more tokens than there are token ids.",
    outcome: "failed",
    parameters: { more: 5 },
    rewrite: (steps, { more }) => setUsage(steps, (real) => real + more),
  }),
  "zero-tokens": plainFault("failed", "An answer that ends without any token.", (steps) =>
    setUsage(
      onlyLastToken(steps, (event) => [
        {
          ...editPayload(event, (payload) => {
            setText(payload, "");
            for (const choice of payload.choices) choice.token_ids &&= [];
          }),
          tokens: 0,
        },
      ]),
      () => 0,
    ),
  ),
};

/** The steps with only the last token's event, changed by `edit`. */
function onlyLastToken(
  steps: readonly Step[],
  edit: (event: Parameters<Parameters<typeof replaceEvents>[1]>[0]) => readonly Step[],
): Step[] {
  const last = steps.findLast((step) => step.do === "event" && step.part === "token");
  return replaceEvents(steps, (event) => {
    if (event.part !== "token") return [event];
    return event === last ? edit(event) : [];
  });
}

function afterTokens(description: string, ending: readonly Step[]): Fault {
  return defineFault({
    description,
    outcome: "failed",
    parameters: { tokens },
    rewrite: (steps, { tokens }) => [...upToToken(steps, tokens), ...ending],
  });
}

function closed(steps: readonly Step[]): Step[] {
  return steps.map((step) => (step.do === "end" ? { do: "close" } : step));
}
