import { once } from "node:events";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { seededRandom } from "../dataset/seeded-random.ts";
import { EnvironmentError } from "../errors.ts";
import type { RunningServer } from "./running-server.ts";
import { Admission } from "./sim-admission.ts";
import type { AnswersSource, KnownAnswers } from "./sim-answers.ts";
import { loadedItlMs, loadedTtftMs } from "./sim-capacity.ts";
import { drawDelayMs } from "./sim-delay.ts";
import {
  applyFault,
  FaultPlan,
  type FaultRule,
  faultRuleProblems,
  parseFaultRule,
  strikesOf,
} from "./sim-fault-rules.ts";
import { simName, simVersion } from "./sim-identity.ts";
import { createListener } from "./sim-listener.ts";
import { SimMetrics } from "./sim-metrics.ts";
import { type ResolvedSimOptions, resolveSimOptions, type SimOptions } from "./sim-options.ts";
import { Pacer } from "./sim-pacing.ts";
import { type AnswerAccount, type AnswerPace, AnswerPlayer, type Stage } from "./sim-player.ts";
import { errorBody, readSimRequest, type SimRequest } from "./sim-request.ts";
import { asciiJson, type Step } from "./sim-script.ts";
import { answerSteps, composeAnswer, wholeAnswer } from "./sim-wire.ts";

/** Names one fault for one request; the syntax is that of `parseFaultRule`. */
const faultHeader = "x-sim-fault";

/**
 * Starts a paced server in vLLM's wire format inside this process. See `SimOptions` for what it does and
 * `sim-capacity.ts` for how it behaves under load. Throws a UsageError for bad options or TLS files, what `loadAnswers`
 * throws, and an EnvironmentError `PORT_TAKEN` when it cannot listen.
 */
export async function startSim(options: SimOptions = {}): Promise<RunningServer> {
  const resolved = resolveSimOptions(options);
  const answers = resolved.answers === null ? null : await readAnswers(resolved.answers, resolved);
  const sim = new Simulator(resolved, answers);
  const url = await sim.listen();
  let stopping: Promise<void> | null = null;
  return {
    url,
    name: simName,
    version: simVersion,
    model: sim.options.model,
    simulated: true,
    pid: null,
    died: new Promise(() => {}),
    stop: () => {
      stopping ??= sim.close();
      return stopping;
    },
  };
}

/** Datasets and tokenizers are much code, which most simulators do without. */
async function readAnswers(source: AnswersSource, options: ResolvedSimOptions): Promise<KnownAnswers> {
  const { loadAnswers } = await import("./sim-answers.ts");
  return loadAnswers(source, options);
}

class Simulator {
  readonly options: ResolvedSimOptions;
  readonly #answers: KnownAnswers | null;
  readonly #stage: Stage;
  readonly #faults: Readonly<Record<"request" | "keptConnection" | "newConnection", FaultPlan>>;
  readonly #server: Server;
  readonly #routes: Readonly<Record<string, Partial<Record<string, Route>>>>;
  readonly #answered = new WeakSet<Socket>();
  #requests = 0;
  #requestsOnKept = 0;
  #connections = 0;

  constructor(options: ResolvedSimOptions, answers: KnownAnswers | null) {
    this.options = options;
    this.#answers = answers;
    this.#server = createListener(options, (request, response) => void this.#answer(request, response));
    this.#stage = {
      pacer: new Pacer(),
      admission: new Admission(options.maxConcurrency),
      metrics: new SimMetrics(options.model, options.maxConcurrency * options.maxModelLen),
    };
    const planFor = (struck: ReturnType<typeof strikesOf>) =>
      new FaultPlan(
        options.faults.filter((rule) => strikesOf(rule) === struck),
        options.seed,
      );
    this.#faults = {
      request: planFor("request"),
      keptConnection: planFor("kept-connection"),
      newConnection: planFor("new-connection"),
    };
    this.#server.on("connection", (socket: Socket) => this.#admit(socket));
    this.#server.keepAliveTimeout = options.keepAliveMs;
    this.#server.requestTimeout = 0;
    this.#routes = this.#describeRoutes();
  }

  async listen(): Promise<string> {
    const { host, port } = this.options;
    const manyConnections = 8192;
    this.#server.listen({ host, port, backlog: manyConnections });
    try {
      await once(this.#server, "listening");
    } catch (cause) {
      await this.#stage.pacer.close();
      const hint = "Choose another port, or 0 for a free one.";
      throw new EnvironmentError("PORT_TAKEN", `The simulator cannot listen on ${host}:${port}.`, {
        hint,
        cause,
      });
    }
    const address = this.#server.address() as AddressInfo;
    const literal = address.family === "IPv6" ? `[${address.address}]` : address.address;
    return `${this.options.tlsCert === null ? "http" : "https"}://${literal}:${address.port}`;
  }

  async close(): Promise<void> {
    const closed = once(this.#server, "close");
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
    await this.#stage.pacer.close();
  }

  /** A connection that a fault strikes is reset before anything is read from it. */
  #admit(socket: Socket): void {
    this.#connections += 1;
    if (this.#faults.newConnection.strike(this.#connections) !== null) socket.resetAndDestroy();
  }

  #describeRoutes(): Readonly<Record<string, Partial<Record<string, Route>>>> {
    const { metrics, admission } = this.#stage;
    const text = (body: () => string, type: string): Route => {
      return (_, response) => void response.writeHead(200, { "content-type": type }).end(body());
    };
    const json = (body: () => object) => text(() => JSON.stringify(body()), "application/json");
    const stats = json(() => metrics.stats());
    const empty: Route = (_, response) => void response.writeHead(200, { "content-length": "0" }).end();
    return {
      "/v1/completions": { POST: (...exchange) => this.#generate("completions", ...exchange) },
      "/v1/chat/completions": { POST: (...exchange) => this.#generate("chat", ...exchange) },
      "/v1/models": { GET: json(() => this.#describeModels()) },
      "/version": { GET: json(() => ({ version: simVersion })) },
      "/health": { GET: empty },
      "/ping": { GET: empty, POST: empty },
      "/load": { GET: json(() => ({ server_load: admission.running + admission.waiting })) },
      "/metrics": {
        GET: text(() => metrics.prometheus(admission), "text/plain; version=0.0.4; charset=utf-8"),
      },
      "/stats": {
        GET: stats,
        POST: (...exchange) => {
          metrics.resetStats();
          return stats(...exchange);
        },
      },
    };
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { socket } = request;
    const isKept = this.#answered.has(socket);
    response.setHeader("server", simName);
    response.once("finish", () => this.#answered.add(socket));
    const path = (request.url ?? "/").split("?", 1)[0] ?? "/";
    const methods = this.#routes[path];
    const route = methods?.[request.method ?? ""];
    if (path.startsWith("/v1/") && !this.#mayEnter(request)) {
      sendJson(response, 401, { error: "Unauthorized" });
    } else if (methods === undefined) {
      sendJson(response, 404, { detail: "Not Found" });
    } else if (route === undefined) {
      response.setHeader("allow", Object.keys(methods).join(", "));
      sendJson(response, 405, { detail: "Method Not Allowed" });
    } else {
      await route(request, response, isKept);
    }
  }

  #mayEnter({ headers }: IncomingMessage): boolean {
    return this.options.apiKey === null || headers.authorization === `Bearer ${this.options.apiKey}`;
  }

  async #generate(
    api: SimRequest["api"],
    request: IncomingMessage,
    response: ServerResponse,
    isKept: boolean,
  ): Promise<void> {
    const body = await readBody(request);
    if (body === null) return;
    const ordinal = ++this.#requests;
    const reading = readSimRequest(api, body, this.options);
    const { steps, account } =
      "refusal" in reading
        ? refused(reading.refusal.status, reading.refusal.body)
        : this.#compose(reading.request, request.headers["x-request-id"], ordinal);
    const rule = chosenFault(request.headers[faultHeader], isKept) ?? this.#strike(ordinal, isKept);
    const problem = rule === null ? undefined : faultRuleProblems(rule)[0];
    if (problem !== undefined) {
      const message = `${faultHeader}: ${problem.where} ${problem.message}`;
      sendJson(response, 400, errorBody(400, message, faultHeader));
      return;
    }
    const played = rule === null ? steps[Symbol.iterator]() : applyFault(rule, steps);
    new AnswerPlayer(this.#stage, played, { request, response }, this.#pace(ordinal), account).resume();
  }

  #strike(ordinal: number, isKept: boolean): FaultRule | null {
    const stale = isKept ? this.#faults.keptConnection.strike(++this.#requestsOnKept) : null;
    return stale ?? this.#faults.request.strike(ordinal);
  }

  #compose(
    request: SimRequest,
    requestId: unknown,
    ordinal: number,
  ): { steps: Iterable<Step>; account: AnswerAccount } {
    const prefix = request.api === "chat" ? "chatcmpl" : "cmpl";
    const suffix = typeof requestId === "string" ? requestId : ordinal.toString(16).padStart(16, "0");
    const known = this.#answers?.find(request.promptKey) ?? null;
    // A prompt that has an answer is one that the model knows.
    const asked = known === null ? request : { ...request, unknownTokenId: null };
    const answer = composeAnswer(asked, `${prefix}-${suffix}`, this.options, known);
    const { promptTokens, stream: streamed } = request;
    const account = { promptTokens, finishReason: answer.finishReason, streamed };
    return { steps: answerSteps(answer), account };
  }

  #pace(ordinal: number): AnswerPace {
    const { ttft, itl, ttftGrowth, itlGrowth, seed } = this.options;
    const random = seededRandom(seed, ordinal);
    return {
      ttftMs: (running) => loadedTtftMs({ ttftMs: drawDelayMs(ttft, random), ttftGrowth }, running),
      itlMs: (running) => loadedItlMs({ itlMs: drawDelayMs(itl, random), itlGrowth }, running),
    };
  }

  #describeModels(): object {
    const { model, maxModelLen } = this.options;
    const created = Math.floor(Date.now() / 1000);
    const root = model;
    const entry = { id: model, object: "model", created, owned_by: simName, root, parent: null };
    return { object: "list", data: [{ ...entry, max_model_len: maxModelLen, permission: [] }] };
  }
}

/** `isKept`: the connection has answered a request before. */
type Route = (request: IncomingMessage, response: ServerResponse, isKept: boolean) => void | Promise<void>;

function refused(status: number, body: object): { steps: Iterable<Step>; account: AnswerAccount } {
  return {
    steps: wholeAnswer(status, asciiJson(body)),
    account: { promptTokens: 0, finishReason: "stop", streamed: false },
  };
}

/** The fault that a request names for itself; one of kept connections waits until its connection is one. */
function chosenFault(header: string | string[] | undefined, isKept: boolean): FaultRule | null {
  if (typeof header !== "string") return null;
  const rule = parseFaultRule(header);
  return isKept || strikesOf(rule) !== "kept-connection" ? rule : null;
}

function sendJson(response: ServerResponse, status: number, body: object): void {
  const text = JSON.stringify(body);
  const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(text) };
  response.writeHead(status, headers).end(text);
}

/** The request's body as text, or null when the client gave up before its end. */
async function readBody(request: IncomingMessage): Promise<string | null> {
  const pieces: Buffer[] = [];
  try {
    for await (const piece of request) pieces.push(piece as Buffer);
  } catch {
    return null;
  }
  return Buffer.concat(pieces).toString("utf8");
}
