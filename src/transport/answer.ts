import type { ReasoningMarks } from "../model/define-model.ts";
import { defaultReasoningMarks } from "../model/reasoning.ts";
import { ReasoningWatch } from "./reasoning-watch.ts";
import type { RequestError } from "./request-error.ts";
import { TokenTemplate } from "./token-template.ts";

/** What an answer is read for. */
export interface AnswerOptions {
  api: "completions" | "chat";
  /** Collect token ids (`return_token_ids` was asked), or the text. */
  payload: "token-ids" | "text";
  /** Marks of reasoning in the text of this model; absent where it writes none. */
  reasoning?: ReasoningMarks;
}

/** What one event was. */
export type EventKind = "token" | "other" | "error";

interface Choice {
  index?: unknown;
  text?: unknown;
  delta?: {
    role?: unknown;
    content?: unknown;
    reasoning_content?: unknown;
    reasoning?: unknown;
    tool_calls?: unknown;
  } | null;
  finish_reason?: unknown;
  token_ids?: unknown;
}

interface StreamEvent {
  object?: unknown;
  error?: unknown;
  message?: unknown;
  choices?: unknown;
  usage?: { prompt_tokens?: unknown; completion_tokens?: unknown } | null;
}

const noIds = new Int32Array(0);
const noText = Buffer.allocUnsafe(0);
const lineFeed = 10;
const dataField = [100, 97, 116, 97, 58, 32]; // data: and a space
const done = [91, 68, 79, 78, 69, 93]; // [DONE]

/**
 * Reads the events of one streamed answer: tokens, text or ids, usage, finish reason, hidden errors.
 * Events that differ from the one before only in their text and token ids are read by comparing bytes;
 * all others are parsed as JSON. Choices other than the first are passed over: one was asked for.
 */
export class Answer {
  tokenEvents = 0;
  /** From usage; -1 while unknown. */
  promptTokens = -1;
  /** From usage; -1 while unknown. */
  completionTokens = -1;
  finishReason: string | null = null;
  isDone = false;
  error: RequestError | null = null;
  /** An event of the answer has come that might carry a token, but only usage can tell. */
  sawSilentChoice = false;
  /** Some of the tokens so far were reasoning. */
  sawReasoning = false;
  /** A token that is no reasoning has come. */
  hasAnswered = false;

  readonly #options: AnswerOptions;
  readonly #template: TokenTemplate;
  #tokenIds = noIds;
  #tokenIdCount = 0;
  #text = noText;
  #textLength = 0;
  /** The latest text came in a field for reasoning. */
  #isInReasoningField = false;
  #watch: ReasoningWatch | null;

  constructor(options: AnswerOptions) {
    this.#options = options;
    this.#watch = options.reasoning ? new ReasoningWatch(options.reasoning) : null;
    this.#template = new TokenTemplate(options.payload === "token-ids");
  }

  /** Ids that the server returned, in order. */
  get tokenIds(): Int32Array {
    return this.#tokenIds.subarray(0, this.#tokenIdCount);
  }

  /** The text so far; empty when ids are collected. */
  get text(): string {
    return this.#textLength === 0 ? "" : JSON.parse(`"${this.#text.toString("utf8", 0, this.#textLength)}"`);
  }

  /** Each event's text is looked at for the end of the reasoning: `readPlainEvent` would pass over it. */
  get watchesText(): boolean {
    return this.#watch !== null;
  }

  /** Reads the data of one event. */
  read(bytes: Uint8Array, start: number, end: number): EventKind {
    if (this.#template.match(bytes, start, end) === end) {
      this.#takeMatch(bytes);
      if (this.#watch !== null) this.#watchText(unescaped(bytes, this.#template));
      return "token";
    }
    if (isDoneMark(bytes, start, end)) {
      this.isDone = true;
      return "other";
    }
    return this.#parse(bytes, start, end);
  }

  /**
   * Reads a whole event of the ordinary form, `data: …` and an empty line, at `start`. Returns where it ends, or -1 when
   * something else stands there, or only a part of it, and nothing was read.
   */
  readPlainEvent(bytes: Uint8Array, start: number, limit: number): number {
    for (let i = 0; i < dataField.length; i++) if (bytes[start + i] !== dataField[i]) return -1;
    const end = this.#template.match(bytes, start + dataField.length, limit);
    if (end === -1 || end + 2 > limit || bytes[end] !== lineFeed || bytes[end + 1] !== lineFeed) return -1;
    this.#takeMatch(bytes);
    return end + 2;
  }

  #takeMatch(bytes: Uint8Array): void {
    const template = this.#template;
    if (this.#options.payload === "text") this.#appendText(bytes, template.textStart, template.textEnd);
    else this.#appendIds(template.tokenIds, template.tokenIdCount);
    this.tokenEvents += 1;
  }

  #parse(bytes: Uint8Array, start: number, end: number): EventKind {
    const raw = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start);
    let event: StreamEvent;
    try {
      event = JSON.parse(raw.toString("utf8")) as StreamEvent;
    } catch {
      return this.#fail("INVALID_JSON", `an event is not JSON: ${raw.toString("utf8", 0, 120)}`);
    }
    if (event === null || typeof event !== "object")
      return this.#fail("INVALID_EVENT", `an event is not an object: ${raw.toString("utf8", 0, 120)}`);
    if (event.error !== undefined && event.error !== null)
      return this.#fail("ERROR_EVENT", messageOf(event.error));
    if (event.object === "error") return this.#fail("ERROR_EVENT", messageOf(event));
    this.#readUsage(event);
    if (!Array.isArray(event.choices)) return "other";
    for (const choice of event.choices as Choice[]) {
      if (choice !== null && typeof choice === "object" && (choice.index ?? 0) === 0)
        return this.#readChoice(choice, event, raw);
    }
    return "other";
  }

  #readUsage({ usage }: StreamEvent): void {
    if (usage === undefined || usage === null) return;
    if (Number.isSafeInteger(usage.prompt_tokens)) this.promptTokens = usage.prompt_tokens as number;
    if (Number.isSafeInteger(usage.completion_tokens))
      this.completionTokens = usage.completion_tokens as number;
  }

  #readChoice(choice: Choice, event: StreamEvent, raw: Buffer): EventKind {
    const { delta } = choice;
    const answerText = firstText(choice.text, delta?.content);
    const reasoningText = firstText(delta?.reasoning_content, delta?.reasoning);
    const text = reasoningText + answerText;
    const ids = Array.isArray(choice.token_ids) ? (choice.token_ids as number[]) : null;
    const finishes = typeof choice.finish_reason === "string";
    if (finishes) this.finishReason ??= choice.finish_reason as string;
    const toolCall = Array.isArray(delta?.tool_calls) && delta.tool_calls.length > 0;
    // Empty text is a token where the server had nothing else to say: half a character, or an end mark.
    const hasEmptyText = [delta?.content, delta?.reasoning_content, delta?.reasoning].includes("");
    const silentToken = !finishes && (choice.text === "" || (hasEmptyText && delta?.role === undefined));
    const carriesToken =
      (ids !== null && ids.length > 0) || text !== "" || toolCall || (ids === null && silentToken);
    if (ids !== null && this.#options.payload === "token-ids") this.#appendIds(ids, ids.length);
    if (reasoningText !== "") this.#takeReasoningField(reasoningText);
    if (answerText !== "") this.#takeAnswerField(answerText);
    if (toolCall) this.#answerHasCome();
    if (!carriesToken) {
      this.sawSilentChoice ||= finishes;
      return "other";
    }
    this.tokenEvents += 1;
    const plain =
      !finishes &&
      !toolCall &&
      (reasoningText === "" || answerText === "") &&
      (event.usage ?? null) === null &&
      (event.choices as unknown[]).length === 1;
    if (plain) this.#template.learn(raw, text);
    return "token";
  }

  #takeReasoningField(text: string): void {
    // The server took the marks out of the text; scoring needs them to tell reasoning from answer.
    if (!this.#isInReasoningField) this.#addText(this.#marks.open);
    this.#isInReasoningField = true;
    this.sawReasoning = true;
    this.#watch = null;
    this.#addText(text);
  }

  #takeAnswerField(text: string): void {
    if (this.#isInReasoningField) this.#addText(this.#marks.close);
    this.#isInReasoningField = false;
    this.#addText(text);
    this.#watchText(text);
  }

  get #marks(): ReasoningMarks {
    return this.#options.reasoning ?? defaultReasoningMarks;
  }

  #watchText(text: string): void {
    const answers = this.#watch?.push(text) ?? true;
    this.sawReasoning ||= this.#watch?.sawReasoning ?? false;
    if (answers) this.#answerHasCome();
  }

  #answerHasCome(): void {
    this.hasAnswered = true;
    this.#watch = null;
  }

  #fail(code: string, message: string): EventKind {
    this.error ??= { code, message };
    return "error";
  }

  #appendIds(ids: ArrayLike<number>, count: number): void {
    if (this.#tokenIdCount + count > this.#tokenIds.length) {
      const larger = new Int32Array(Math.max(64, 2 * this.#tokenIds.length, this.#tokenIdCount + count));
      larger.set(this.#tokenIds);
      this.#tokenIds = larger;
    }
    for (let i = 0; i < count; i++) this.#tokenIds[this.#tokenIdCount++] = ids[i] ?? 0;
  }

  #addText(text: string): void {
    if (this.#options.payload !== "text") return;
    const escaped = Buffer.from(JSON.stringify(text));
    this.#appendText(escaped, 1, escaped.length - 1);
  }

  /** Appends text as it stands in JSON, escapes and all; it is decoded once, at the end. */
  #appendText(bytes: Uint8Array, start: number, end: number): void {
    const length = end - start;
    if (this.#textLength + length > this.#text.length) {
      const larger = Buffer.allocUnsafe(Math.max(512, 2 * this.#text.length, this.#textLength + length));
      this.#text.copy(larger, 0, 0, this.#textLength);
      this.#text = larger;
    }
    for (let i = start; i < end; i++) this.#text[this.#textLength++] = bytes[i] as number;
  }
}

function isDoneMark(bytes: Uint8Array, start: number, end: number): boolean {
  return end - start === done.length && done.every((byte, i) => bytes[start + i] === byte);
}

/** The text of the event that a template has matched. */
function unescaped(bytes: Uint8Array, { textStart, textEnd }: TokenTemplate): string {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset + textStart, textEnd - textStart).toString("utf8");
  return JSON.parse(`"${text}"`);
}

/** The first that is a non-empty string; else empty. */
function firstText(...candidates: unknown[]): string {
  for (const candidate of candidates) if (typeof candidate === "string" && candidate !== "") return candidate;
  return "";
}

function messageOf(error: unknown): string {
  if (typeof error === "string") return error;
  const message = (error as { message?: unknown }).message;
  return typeof message === "string" ? message : JSON.stringify(error).slice(0, 200);
}
