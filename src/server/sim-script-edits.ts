import { asciiJson, dataEvent, type EventPart, type EventStep, type Step } from "./sim-script.ts";

/** The steps up to and including event number `count` that carries tokens; for 0 the head alone. */
export function upToToken(steps: readonly Step[], count: number): Step[] {
  const kept: Step[] = [];
  let seen = 0;
  for (const step of steps) {
    const isTail = step.do === "end" || (step.do === "event" && /usage|done/.test(step.part));
    if (isTail || (seen === count && step.do !== "head")) break;
    if (isToken(step)) seen++;
    kept.push(step);
  }
  return kept;
}

/** The steps without events of one kind. */
export function without(steps: readonly Step[], part: EventPart): Step[] {
  return steps.filter((step) => !(step.do === "event" && step.part === part));
}

/** Replaces every event by others. */
export function replaceEvents(
  steps: readonly Step[],
  replace: (event: EventStep) => readonly Step[],
): Step[] {
  return steps.flatMap((step) => (step.do === "event" ? replace(step) : [step]));
}

/** Changes the bytes of every event. */
export function editBodies(steps: readonly Step[], edit: (body: string) => string | Buffer): Step[] {
  return replaceEvents(steps, (event) => [{ ...event, body: edit(event.body.toString()) }]);
}

/** Changes the bytes of event number `number` that carries tokens, counted from 1. */
export function editToken(
  steps: readonly Step[],
  number: number,
  edit: (event: EventStep) => readonly Step[],
): Step[] {
  let seen = 0;
  return replaceEvents(steps, (event) => (isToken(event) && ++seen === number ? edit(event) : [event]));
}

/** Changes status or headers. */
export function editHead(
  steps: readonly Step[],
  edit: { status?: number; headers?: Readonly<Record<string, string>> },
): Step[] {
  return steps.map((step) =>
    step.do === "head" ? { ...step, ...edit, headers: { ...step.headers, ...(edit.headers ?? {}) } } : step,
  );
}

/** What the simulator itself writes into an event, as far as faults change it. */
export interface EventPayload {
  choices: {
    index?: number;
    text?: string;
    delta?: { role?: string; content?: string; reasoning_content?: string };
    finish_reason: string | null;
    token_ids?: number[] | null;
  }[];
  usage?: { prompt_tokens: number; total_tokens: number; completion_tokens: number };
  padding?: string;
}

/** The event with changed JSON; events without JSON (`[DONE]`, comments) stay as they are. */
export function editPayload(event: EventStep, edit: (payload: EventPayload) => void): EventStep {
  const payload = payloadOf(event);
  if (payload === null) return event;
  edit(payload);
  return dataEvent(event.part, asciiJson(payload), event.tokens);
}

/** The JSON of a streamed event, or null. */
export function payloadOf(event: EventStep): EventPayload | null {
  const text = event.body.toString();
  return text.startsWith("data: {") ? (JSON.parse(text.slice("data: ".length)) as EventPayload) : null;
}

/** Text of a payload's only choice: completions and chat keep it in different places. */
export function setText(payload: EventPayload, text: string): void {
  const choice = payload.choices[0];
  if (choice?.delta?.reasoning_content !== undefined) choice.delta.reasoning_content = text;
  else if (choice?.delta !== undefined) choice.delta.content = text;
  else if (choice !== undefined) choice.text = text;
}

/** Counts `completionTokens` in the usage of every event that has one. */
export function setUsage(steps: readonly Step[], completionTokens: (real: number) => number): Step[] {
  return replaceEvents(steps, (event) => [
    event.part !== "usage"
      ? event
      : editPayload(event, ({ usage }) => {
          if (usage === undefined) return;
          usage.completion_tokens = completionTokens(usage.completion_tokens);
          usage.total_tokens = usage.prompt_tokens + usage.completion_tokens;
        }),
  ]);
}

/** Puts each `count` events that carry tokens into one; the first stays alone, as with vLLM's --stream-interval. */
export function gatherTokens(
  steps: readonly Step[],
  count: number,
  join: (events: readonly [EventStep, ...EventStep[]]) => EventStep,
): Step[] {
  const last = steps.findLastIndex(isToken);
  let gathered: EventStep[] = [];
  let seen = 0;
  return steps.flatMap((step, index): Step[] => {
    if (!isToken(step)) return [step];
    gathered.push(step);
    if (seen++ > 0 && gathered.length < count && index !== last) return [];
    const [first = step, ...others] = gathered;
    gathered = [];
    return [join([first, ...others])];
  });
}

function isToken(step: Step): step is EventStep {
  return step.do === "event" && step.part === "token";
}
