import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import type { Admission } from "./sim-admission.ts";
import type { RequestOutcome, SimMetrics } from "./sim-metrics.ts";
import { clockMs, type PacedTask, type Pacer } from "./sim-pacing.ts";
import type { EventStep, Step } from "./sim-script.ts";

/** What all answers of one server share. */
export interface Stage {
  pacer: Pacer;
  admission: Admission;
  metrics: SimMetrics;
}

/** Times of one answer under the load of the moment, ms. */
export interface AnswerPace {
  ttftMs(running: number): number;
  itlMs(running: number): number;
}

/** What the accounts say of one answer. */
export interface AnswerAccount {
  promptTokens: number;
  finishReason: "stop" | "length";
  /** Whether the tokens are sent one by one: only then is there a time to first token. */
  streamed: boolean;
}

/** Plays the steps of one answer at their times onto its connection. */
export class AnswerPlayer implements PacedTask {
  readonly #stage: Stage;
  readonly #steps: Iterator<Step>;
  readonly #pace: AnswerPace;
  readonly #account: AnswerAccount;
  readonly #response: ServerResponse;
  readonly #socket: Socket;
  readonly #arrivedMs = clockMs();
  #framed: boolean;
  #phase: "waiting" | "queued" | "running" | "over" = "waiting";
  #leaveQueue: () => void = () => {};
  #dueMs = 0;
  #tokensSent = 0;
  #failed = false;

  constructor(
    stage: Stage,
    steps: Iterator<Step>,
    exchange: { request: IncomingMessage; response: ServerResponse },
    pace: AnswerPace,
    account: AnswerAccount,
  ) {
    this.#stage = stage;
    this.#steps = steps;
    this.#pace = pace;
    this.#account = account;
    this.#response = exchange.response;
    this.#socket = exchange.request.socket;
    this.#framed = exchange.request.httpVersion === "1.1";
    exchange.response.once("close", () => this.#conclude("abort"));
  }

  /** Goes on with the answer until it has to wait. */
  resume(): void {
    while (this.#phase !== "over") {
      const next = this.#steps.next();
      if (next.done === true) return;
      if (this.#perform(next.value) === "later") return;
    }
  }

  #perform(step: Step): "now" | "later" {
    switch (step.do) {
      case "wait":
        return this.#waitForToken();
      case "event":
        this.#sendEvent(step);
        return "now";
      case "head":
        this.#sendHead(step.status, step.headers);
        return "now";
      case "raw":
        this.#socket.write(step.bytes, "latin1");
        return "now";
      case "pause":
        this.#stage.pacer.resumeAt(clockMs() + step.ms, this);
        return "later";
      case "hang":
        return "later";
      case "end":
        this.#response.end();
        this.#conclude(this.#failed ? "error" : this.#account.finishReason);
        this.#closeIfToldTo();
        return "now";
      case "close":
        this.#conclude("error");
        this.#socket.end();
        return "now";
      case "reset":
        this.#conclude("error");
        this.#reset();
        return "now";
    }
  }

  /** Only a bare TCP socket can be reset; over TLS the connection breaks off without TLS's own goodbye. */
  #reset(): void {
    if (this.#socket instanceof TLSSocket) this.#socket.destroy();
    else this.#socket.resetAndDestroy();
  }

  /** The one step that may follow the end of an answer is the end of its connection. */
  #closeIfToldTo(): void {
    const next = this.#steps.next();
    if (next.done !== true && next.value.do === "close")
      this.#response.once("finish", () => this.#socket.end());
  }

  #waitForToken(): "now" | "later" {
    if (this.#phase === "waiting") {
      this.#phase = "queued";
      this.#leaveQueue = this.#stage.admission.enter(() => this.#begin());
      return "later";
    }
    this.#dueMs += this.#pace.itlMs(this.#stage.admission.running);
    if (this.#dueMs <= clockMs()) return "now";
    this.#stage.pacer.resumeAt(this.#dueMs, this);
    return "later";
  }

  #begin(): void {
    const { admission, metrics, pacer } = this.#stage;
    this.#phase = "running";
    metrics.promptTokens += this.#account.promptTokens;
    metrics.cachedTokens += this.#account.promptTokens;
    this.#dueMs = clockMs() + this.#pace.ttftMs(admission.running);
    pacer.resumeAt(this.#dueMs, this);
  }

  #sendHead(status: number, headers: Readonly<Record<string, string>>): void {
    this.#framed &&= headers["content-length"] === undefined;
    this.#failed ||= status !== 200;
    this.#response.writeHead(status, headers);
    this.#response.flushHeaders();
  }

  #sendEvent({ part, body, tokens }: EventStep): void {
    this.#failed ||= part === "error";
    this.#sendBody(body);
    if (tokens === 0) return;
    if (this.#tokensSent === 0 && this.#account.streamed) {
      const nowMs = clockMs();
      this.#stage.metrics.keepFirstToken(nowMs - this.#arrivedMs, nowMs - this.#dueMs);
    }
    this.#tokensSent += tokens;
    this.#stage.metrics.generationTokens += tokens;
    this.#stage.metrics.cachedTokens += tokens;
  }

  /** A chunk written straight to the socket costs half of what `response.write` does. */
  #sendBody(body: string | Buffer): void {
    if (!this.#framed || this.#response.socket === null) {
      this.#response.write(body);
    } else if (typeof body === "string") {
      this.#socket.write(`${body.length.toString(16)}\r\n${body}\r\n`, "latin1");
    } else {
      this.#socket.write(Buffer.concat([Buffer.from(`${body.length.toString(16)}\r\n`), body, crlf]));
    }
  }

  #conclude(outcome: RequestOutcome): void {
    if (this.#phase === "over") return;
    const ran = this.#phase === "running";
    this.#phase = "over";
    if (!ran) {
      this.#leaveQueue();
      return;
    }
    this.#stage.metrics.cachedTokens -= this.#account.promptTokens + this.#tokensSent;
    this.#stage.metrics.keepOutcome(outcome);
    this.#stage.admission.leave();
  }
}

const crlf = Buffer.from("\r\n");
