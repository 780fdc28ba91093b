import { Answer, type AnswerOptions } from "./answer.ts";
import type { HttpConnection, HttpExchange } from "./http-connection.ts";
import type { ResponseHead } from "./http-reader.ts";
import { connectionError, type RequestError, type RequestStage, timeoutError } from "./request-error.ts";
import { headOfBody } from "./request-head.ts";
import { SseDecoder } from "./sse.ts";

/** Who is told of a request's moments. Called in the socket's own callback. */
export interface RequestListener<Tag> {
  /** The first event that carries a token has been read. */
  onFirstToken(request: StreamRequest<Tag>): void;
  /** The request has ended; `error` says whether it is good. Called once. */
  onEnd(request: StreamRequest<Tag>): void;
  /** A later event has carried tokens; `gapNs` since the one before. */
  onTokenGap(gapNs: number): void;
}

/** Who carries requests: owns their connections. */
export interface RequestCarrier<Tag> {
  /** The request has ended, before its listener hears of it. */
  ended(request: StreamRequest<Tag>): void;
  /** Nothing will come over the request's connection any more. */
  released(request: StreamRequest<Tag>): void;
  /** The connection was lost before any byte of an answer; true when the request is being sent again over it. */
  retried(request: StreamRequest<Tag>, error: RequestError): boolean;
}

/** Reads the clock, ns. */
export type NowNs = () => number;

const bodyExampleBytes = 400;

/**
 * One streamed request over a connection. Times are ns by the given clock, NaN while they have not come.
 * Good only with status 200, an event stream, no error event, a finish reason, and a proper end
 * (RFC 9112 §8: an incomplete message is a failure).
 */
export class StreamRequest<Tag> implements HttpExchange {
  readonly tag: Tag;
  readonly body: Uint8Array;
  readonly answer: Answer;
  /** When it got a connection; time-outs count from here. */
  connectedNs = Number.NaN;
  sentNs = Number.NaN;
  firstByteNs = Number.NaN;
  firstTokenNs = Number.NaN;
  /** Of the first token that is no reasoning; the first token's where there is no reasoning. */
  firstAnswerTokenNs = Number.NaN;
  lastTokenNs = Number.NaN;
  endNs = Number.NaN;
  error: RequestError | null = null;
  /** It was sent on a connection that had answered a request before. */
  onKeptConnection = false;
  /** The stream ended properly, but without `[DONE]`. */
  lacksDone = false;

  readonly #carrier: RequestCarrier<Tag>;
  readonly #listener: RequestListener<Tag>;
  readonly #now: NowNs;
  readonly #decoder: SseDecoder;
  #connection: HttpConnection | null = null;
  #head = "";
  #stage: RequestStage = "connecting";
  #status = 0;
  #isEventStream = false;
  #contentType = "";
  #bodyExample = "";
  #silentChoiceNs = Number.NaN;
  #ended = false;
  #readNs = 0;
  readonly #timeoutMs: number;

  constructor(
    outgoing: { tag: Tag; body: Uint8Array },
    settings: { answer: AnswerOptions; timeoutMs: number; now: NowNs },
    carrier: RequestCarrier<Tag>,
    listener: RequestListener<Tag>,
  ) {
    this.tag = outgoing.tag;
    this.body = outgoing.body;
    this.answer = new Answer(settings.answer);
    this.#timeoutMs = settings.timeoutMs;
    this.#now = settings.now;
    this.#carrier = carrier;
    this.#listener = listener;
    this.#decoder = new SseDecoder((bytes, start, end) => this.#onEvent(bytes, start, end));
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** Sends it over this connection; `head` lacks only the content length. */
  start(connection: HttpConnection, head: string): void {
    this.#connection = connection;
    this.#head = head;
    this.#stage = "connecting";
    if (Number.isNaN(this.connectedNs)) this.connectedNs = this.#now();
    this.onKeptConnection = connection.answered > 0;
    connection.start(this);
  }

  onConnected(): readonly Uint8Array[] {
    if (Number.isNaN(this.sentNs)) this.sentNs = this.#now();
    this.#stage = "waiting";
    return [headOfBody(this.#head, this.body.length), this.body];
  }

  onRead(): void {
    this.#readNs = this.#now();
  }

  onHead({ status, headers }: ResponseHead): void {
    this.#stage = "headers";
    this.#status = status;
    const contentType = headers.get("content-type") ?? "";
    this.#isEventStream = status === 200 && contentType.toLowerCase().startsWith("text/event-stream");
    if (!this.#isEventStream) this.#contentType = contentType;
    const encoding = headers.get("content-encoding") ?? "identity";
    if (status === 200 && encoding !== "identity")
      this.#fail({
        code: "CONTENT_ENCODED",
        message: `the stream is ${encoding} encoded, though identity was asked`,
      });
  }

  onBody(bytes: Buffer, start: number, end: number): void {
    if (this.#ended) return;
    if (this.#stage !== "streaming") {
      this.firstByteNs = this.#readNs;
      this.#stage = "streaming";
    }
    if (this.#isEventStream) {
      const isPlain = this.#decoder.isBetweenEvents && !this.answer.watchesText;
      const rest = isPlain ? this.#readPlainEvents(bytes, start, end) : start;
      if (rest < end) this.#decoder.push(bytes.subarray(rest, end));
    } else if (this.#bodyExample.length < bodyExampleBytes)
      this.#bodyExample += bytes.toString("utf8", start, Math.min(end, start + bodyExampleBytes));
  }

  onComplete(): void {
    this.#carrier.released(this);
    if (this.#ended) return;
    this.endNs = this.#now();
    this.#finish(this.#verdict());
  }

  onError(cause: Error): void {
    const error = connectionError(cause, this.#stage);
    const isUnanswered = this.#stage === "connecting" || this.#stage === "waiting";
    if (isUnanswered && !this.#ended && this.#carrier.retried(this, error)) return;
    this.#carrier.released(this);
    if (!this.#ended) this.#finish(error);
  }

  /** Ends the request as timed out. */
  timeOut(): void {
    this.#fail(timeoutError(this.#stage, !Number.isNaN(this.firstTokenNs), this.#timeoutMs));
  }

  /** Ends the request for another reason than its own. */
  abandon(error: RequestError): void {
    this.#fail(error);
  }

  /** Reads events of the ordinary form and returns where the first other one begins. */
  #readPlainEvents(bytes: Uint8Array, start: number, end: number): number {
    let position = start;
    while (position < end) {
      const next = this.answer.readPlainEvent(bytes, position, end);
      if (next === -1) break;
      position = next;
      this.#onToken();
    }
    return position;
  }

  #onToken(): void {
    const now = this.#readNs;
    if (Number.isNaN(this.firstTokenNs)) {
      this.firstTokenNs = now;
      this.#listener.onFirstToken(this);
    } else this.#listener.onTokenGap(now - this.lastTokenNs);
    this.lastTokenNs = now;
  }

  #onEvent(bytes: Uint8Array, start: number, end: number): void {
    if (this.#ended) return;
    const kind = this.answer.read(bytes, start, end);
    if (kind === "token") {
      // An answer's first token never takes the short way: its form is not known until it has been read.
      if (this.answer.hasAnswered && Number.isNaN(this.firstAnswerTokenNs))
        this.firstAnswerTokenNs = this.#readNs;
      this.#onToken();
    } else if (kind === "error") {
      this.#fail(this.answer.error ?? { code: "ERROR_EVENT", message: "" });
    } else if (this.answer.sawSilentChoice && Number.isNaN(this.#silentChoiceNs)) {
      this.#silentChoiceNs = this.#readNs;
    }
  }

  #verdict(): RequestError | null {
    const { answer } = this;
    if (this.#status !== 200) return { code: `HTTP_${this.#status}`, message: this.#bodyExample };
    if (!this.#isEventStream)
      return { code: "NOT_A_STREAM", message: `content type "${this.#contentType}": ${this.#bodyExample}` };
    if (answer.finishReason === null) {
      return answer.isDone
        ? { code: "FINISH_REASON_MISSING", message: "the stream ended with [DONE] and no finish_reason" }
        : { code: "STREAM_CUT", message: "the stream ended with neither finish_reason nor [DONE]" };
    }
    if (this.#decoder.pendingBytes > 0 && !answer.isDone)
      return { code: "STREAM_CUT", message: "the stream ended inside an event" };
    this.lacksDone = !answer.isDone;
    if (Number.isNaN(this.firstTokenNs) && answer.completionTokens > 0) {
      // Only usage tells of a token that had nothing to show, such as an end mark.
      this.firstTokenNs = this.lastTokenNs = this.#silentChoiceNs;
      this.#listener.onFirstToken(this);
    }
    if (!answer.sawReasoning) this.firstAnswerTokenNs = this.firstTokenNs;
    if (Number.isNaN(this.firstTokenNs))
      return { code: "EMPTY_ANSWER", message: "the answer holds no token" };
    const { length } = answer.tokenIds;
    if (length > 0 && answer.completionTokens >= 0 && answer.completionTokens !== length)
      return {
        code: "TOKEN_COUNT_MISMATCH",
        message: `usage says ${answer.completionTokens} tokens, the events carry ${length} token ids`,
      };
    return null;
  }

  #fail(error: RequestError): void {
    if (this.#ended) return;
    this.#finish(error);
    this.#connection?.abort(this, new Error(error.code));
  }

  #finish(error: RequestError | null): void {
    this.#ended = true;
    this.error = error;
    if (Number.isNaN(this.endNs)) this.endNs = this.#now();
    this.#carrier.ended(this);
    this.#listener.onEnd(this);
  }
}
