import { defineFault, plainFault } from "./sim-define-fault.ts";
import type { Fault } from "./sim-faults.ts";
import { dataEvent, type EventStep, type Step } from "./sim-script.ts";
import {
  type EventPayload,
  editBodies,
  editHead,
  editPayload,
  editToken,
  gatherTokens,
  payloadOf,
  replaceEvents,
  setText,
  setUsage,
  upToToken,
  without,
} from "./sim-script-edits.ts";

const comment: Step = { do: "event", part: "comment", body: ": still here\n\n", tokens: 0 };

/** Answers that are unusual and good all the same. */
export const legalAnswers: Readonly<Record<string, Fault>> = {
  "crlf-line-ends": plainFault("good", "Lines end with CRLF.", (steps) =>
    editBodies(steps, (body) => body.replaceAll("\n", "\r\n")),
  ),
  "cr-line-ends": plainFault("good", "Lines end with CR.", (steps) =>
    editBodies(steps, (body) => body.replaceAll("\n", "\r")),
  ),
  comments: plainFault("good", "Comments between events and inside them.", (steps) =>
    replaceEvents(steps, (event) => [comment, { ...event, body: `: inside\n${event.body.toString()}` }]),
  ),
  "event-and-id-lines": plainFault("good", "Events have event:, id: and retry: lines.", (steps) =>
    editBodies(steps, (body) => `event: message\nid: 7\nretry: 1000\n${body}`),
  ),
  "no-space-after-colon": plainFault("good", "data: without the space.", (steps) =>
    editBodies(steps, (body) => body.replace("data: ", "data:")),
  ),
  "several-data-lines": plainFault("good", "One event's JSON stands in two data: lines.", (steps) =>
    editBodies(steps, (body) => body.replace(",", ",\ndata: ")),
  ),
  "byte-order-mark": plainFault("good", "The stream begins with a byte order mark.", (steps) =>
    withByteOrderMark(steps, (bytes, event) => [{ ...event, body: bytes }]),
  ),
  "split-byte-order-mark": defineFault({
    description: "The stream begins with a byte order mark that comes in pieces.",
    outcome: "good",
    parameters: { pauseMs: 2 },
    rewrite: (steps, { pauseMs }) =>
      withByteOrderMark(steps, (bytes, event) => splitAt(bytes, 2, pauseMs, event)),
  }),
  "several-events-a-chunk": defineFault({
    description: "Several events in one HTTP chunk.",
    outcome: "good",
    parameters: { events: 4 },
    rewrite: (steps, { events }) =>
      gatherTokens(steps, events, (gathered) => ({
        ...gathered[0],
        body: gathered.map(({ body }) => body.toString()).join(""),
        tokens: gathered.length,
      })),
  }),
  "several-tokens-an-event": defineFault({
    description: "Several tokens in one event, as vLLM sends under load.",
    outcome: "good",
    parameters: { tokens: 4 },
    rewrite: (steps, { tokens }) => gatherTokens(steps, tokens, joinTokens),
  }),
  "split-every-byte": defineFault({
    description: "Every byte is a chunk of its own.",
    outcome: "good",
    parameters: { pauseMs: 0 },
    rewrite: (steps, { pauseMs }) => replaceEvents(steps, (event) => splitBytes(event, 1, pauseMs)),
  }),
  "slow-drip": defineFault({
    description: "A few bytes at a time.",
    outcome: "good",
    parameters: { bytes: 32, pauseMs: 1 },
    rewrite: (steps, { bytes, pauseMs }) =>
      replaceEvents(steps, (event) => splitBytes(event, Math.max(1, Math.floor(bytes)), pauseMs)),
  }),
  "huge-event": defineFault({
    description: "One token's event is large.",
    outcome: "good",
    parameters: { tokens: 3, bytes: 1_048_576 },
    rewrite: (steps, { tokens, bytes }) =>
      editToken(steps, tokens, (event) => [
        editPayload(event, (payload) => {
          payload.padding = "x".repeat(bytes);
        }),
      ]),
  }),
  "split-characters": defineFault({
    description: "Letters outside ASCII, cut in the middle of their bytes.",
    outcome: "good",
    parameters: { pauseMs: 2 },
    rewrite: (steps, { pauseMs }) =>
      replaceEvents(steps, (event) => (event.part === "token" ? splitLetter(event, pauseMs) : [event])),
  }),
  "empty-first-text": plainFault("good", "The first token has no text.", (steps) =>
    editToken(steps, 1, (event) => [editPayload(event, (payload) => setText(payload, ""))]),
  ),
  "one-token": plainFault("good", "The answer is one token long.", (steps) => {
    const tail = steps.slice(upToToken(steps, Infinity).length);
    return setUsage(
      [...editToken(upToToken(steps, 1), 1, (event) => [editPayload(event, finish)]), ...tail],
      () => 1,
    );
  }),
  "duplicate-finish": plainFault(
    "good",
    "A second event says why the answer ended, and says otherwise.",
    (steps) => {
      const last = steps.findLast((step) => step.do === "event" && step.part === "token");
      return replaceEvents(steps, (event) => (event === last ? [event, finishAgain(event)] : [event]));
    },
  ),
  "extra-choices": plainFault(
    "good",
    "A second choice, in events of its own and before the first one.",
    (steps) =>
      replaceEvents(steps, (event) =>
        event.part === "token" ? [otherChoice(event, []), otherChoice(event, choicesOf(event))] : [event],
      ),
  ),
  "usage-in-every-event": plainFault("good", "Each event has the usage so far.", (steps) => {
    let tokensSoFar = 0;
    return replaceEvents(steps, (event) => {
      tokensSoFar += event.tokens;
      return [editPayload(event, (payload) => setUsageSoFar(payload, tokensSoFar))];
    });
  }),
  "missing-done": plainFault("good", "A clean end with a finish reason and without [DONE].", (steps) =>
    without(steps, "done"),
  ),
  "usage-missing": plainFault("good", "No usage although it was asked for.", (steps) =>
    without(steps, "usage"),
  ),
  stall: defineFault({
    description: "A pause in the middle of the answer.",
    outcome: "good",
    parameters: { tokens: 3, ms: 500 },
    rewrite: (steps, { tokens, ms }) => editToken(steps, tokens, (event) => [event, { do: "pause", ms }]),
  }),
  "slow-headers": defineFault({
    description: "Headers come late.",
    outcome: "good",
    parameters: { ms: 200 },
    rewrite: (steps, { ms }) => [{ do: "pause", ms }, ...steps],
  }),
  "connection-close": plainFault("good", "Each answer ends its connection and says so.", (steps) =>
    editHead(steps, { headers: { connection: "close" } }),
  ),
  "stale-close": {
    description:
      "A connection that has answered before is closed instead of an answer, as when it was idle for too long.",
    outcome: "good",
    parameters: {},
    strikes: "kept-connection",
    rewrite: () => [{ do: "close" }],
  },
  "silent-close": plainFault(
    "good",
    "The connection is closed after a complete answer, unannounced.",
    (steps) => [...steps, { do: "close" }],
  ),
};

function finish({ choices }: { choices: { finish_reason: string | null }[] }): void {
  for (const choice of choices) choice.finish_reason = "stop";
}

/** An event without a token that gives another reason for the end than the one before. */
function finishAgain(event: EventStep): EventStep {
  const again = editPayload(event, (payload) => {
    setText(payload, "");
    for (const choice of payload.choices) {
      choice.finish_reason = choice.finish_reason === "stop" ? "length" : "stop";
      choice.token_ids &&= [];
    }
  });
  return { ...again, part: "comment", tokens: 0 };
}

function choicesOf(event: EventStep): EventPayload["choices"] {
  return payloadOf(event)?.choices ?? [];
}

/** The event with another choice before `choices`. */
function otherChoice(event: EventStep, choices: EventPayload["choices"]): EventStep {
  const other = editPayload(event, (payload) => {
    setText(payload, " other");
    for (const choice of payload.choices) choice.index = 1;
    payload.choices.push(...choices);
  });
  return { ...other, tokens: choices.length > 0 ? event.tokens : 0 };
}

/** Usage in an event that has none. */
function setUsageSoFar(payload: EventPayload, completionTokens: number): void {
  const promptTokens = 1;
  payload.usage ??= {
    prompt_tokens: promptTokens,
    total_tokens: promptTokens + completionTokens,
    completion_tokens: completionTokens,
  };
}

function joinTokens(events: readonly [EventStep, ...EventStep[]]): EventStep {
  const last = events.at(-1) ?? events[0];
  const choices = events.map((event) => payloadOf(event)?.choices[0]);
  const text = choices.map((choice) => choice?.text ?? choice?.delta?.content ?? "").join("");
  const reasoning = choices.map((choice) => choice?.delta?.reasoning_content ?? "").join("");
  const tokenIds = choices.flatMap((choice) => choice?.token_ids ?? []);
  const joined = editPayload(last, (payload) => {
    setText(payload, text);
    const delta = payload.choices[0]?.delta;
    if (delta !== undefined && reasoning !== "") delta.reasoning_content = reasoning;
    for (const choice of payload.choices) choice.token_ids &&= tokenIds;
  });
  return { ...joined, tokens: events.length };
}

function splitBytes(event: EventStep, size: number, pauseMs: number): Step[] {
  const bytes = Buffer.from(event.body);
  const pieces: Step[] = [];
  for (let start = 0; start < bytes.length; start += size) {
    const isLast = start + size >= bytes.length;
    pieces.push({ ...event, body: bytes.subarray(start, start + size), tokens: isLast ? event.tokens : 0 });
    if (pauseMs > 0) pieces.push({ do: "pause", ms: pauseMs });
  }
  return pieces;
}

function splitLetter(event: EventStep, pauseMs: number): Step[] {
  const letter = "\u{1F680}";
  const payload = payloadOf(event);
  if (payload === null) return [event];
  setText(payload, letter);
  const bytes = Buffer.from(dataEvent("token", JSON.stringify(payload)).body);
  return splitAt(bytes, bytes.indexOf(letter) + 2, pauseMs, event);
}

function splitAt(bytes: Buffer, position: number, pauseMs: number, event: EventStep): Step[] {
  return [
    { ...event, body: bytes.subarray(0, position), tokens: 0 },
    { do: "pause", ms: pauseMs },
    { ...event, body: bytes.subarray(position) },
  ];
}

function withByteOrderMark(
  steps: readonly Step[],
  send: (bytes: Buffer, event: EventStep) => readonly Step[],
): Step[] {
  const first = steps.find((step) => step.do === "event");
  return replaceEvents(steps, (event) =>
    event === first ? send(Buffer.from(`\ufeff${event.body.toString()}`), event) : [event],
  );
}
