import { drawLength } from "../dataset/length-distribution.ts";
import { seededRandom } from "../dataset/seeded-random.ts";
import { type AnswerTokens, endOfSequence, reservedIds } from "./sim-answer-tokens.ts";
import { simName } from "./sim-identity.ts";
import type { ResolvedSimOptions } from "./sim-options.ts";
import { errorBody, type SimRequest } from "./sim-request.ts";
import { asciiJson, dataEvent, type Step, wait } from "./sim-script.ts";

const eventStream = { "content-type": "text/event-stream; charset=utf-8" };
const json = { "content-type": "application/json" };

/** One answer: what it says and what it is called. */
export interface Answer {
  request: SimRequest;
  id: string;
  model: string;
  createdS: number;
  tokenIds: readonly number[];
  /** Text of each token; null: made up from its id. */
  texts: readonly string[] | null;
  /** How many of the first tokens are reasoning. */
  reasoningTokens: number;
  finishReason: "stop" | "length";
}

type Wording = Pick<Answer, "tokenIds" | "texts" | "finishReason">;

/** An answer to a request: the known one, else one that follows from the prompt, the limits and the seed. */
export function composeAnswer(
  request: SimRequest,
  id: string,
  options: ResolvedSimOptions,
  known: AnswerTokens | null,
): Answer {
  const wording = known === null ? inventWording(request, options) : knownWording(request, known);
  const createdS = Math.floor(Date.now() / 1000);
  const reasoningTokens = Math.min(options.reasoningTokens, wording.tokenIds.length);
  return { request, id, model: options.model, createdS, reasoningTokens, ...wording };
}

function inventWording(request: SimRequest, options: ResolvedSimOptions): Wording {
  const random = seededRandom(options.seed, request.promptHash);
  const drawn =
    options.outputTokens === null || request.ignoreEos
      ? request.maxTokens
      : Math.max(request.minTokens, drawLength(options.outputTokens, random));
  const length = Math.min(request.maxTokens, drawn);
  const finishReason = drawn < request.maxTokens ? "stop" : "length";
  const tokenIds = Array.from(
    { length },
    (_, index) => reservedIds + ((request.promptHash + 7 * index) % (options.vocabularySize - reservedIds)),
  );
  if (finishReason === "stop" && length > 0) tokenIds[length - 1] = endOfSequence;
  return { tokenIds, texts: null, finishReason };
}

/** A known answer within the request's limits; one that is too short for them is said again from its start. */
function knownWording(
  { minTokens, maxTokens, ignoreEos }: SimRequest,
  { ids, texts, endId }: AnswerTokens,
): Wording {
  const ending = ignoreEos || endId === null ? [] : [endId];
  const least = ignoreEos ? maxTokens : minTokens - ending.length;
  const repeated = <Item>(items: readonly Item[]): Item[] => {
    const all = [...items];
    while (items.length > 0 && all.length < least) all.push(...items.slice(0, least - all.length));
    return all;
  };
  const tokenIds = [...repeated(ids), ...ending];
  return {
    tokenIds: tokenIds.slice(0, maxTokens),
    texts: [...repeated(texts), ""],
    finishReason: ignoreEos || tokenIds.length > maxTokens ? "length" : "stop",
  };
}

/** Text of a made-up token; the end of the sequence has none. */
function inventedText(tokenId: number): string {
  return tokenId === endOfSequence ? "" : ` w${tokenId.toString(36)}`;
}

function textOf({ tokenIds, texts }: Answer, index: number): string {
  return texts === null ? inventedText(tokenIds[index] ?? endOfSequence) : (texts[index] ?? "");
}

/** Text of a token as a model writes it that was given no field for its reasoning: marks stand around it. */
function markedText(answer: Answer, index: number): string {
  const opens = index === 0 && answer.reasoningTokens > 0 ? "<think>" : "";
  const closes = index === answer.reasoningTokens - 1 ? "</think>" : "";
  return opens + textOf(answer, index) + closes;
}

/** A text as it stands between the quotes of ASCII JSON; what the simulator makes up stands there as it is. */
function quoted(text: string, { texts }: Answer): string {
  return texts === null ? text : asciiJson(text).slice(1, -1);
}

/** The steps of an answer in vLLM's wire format. */
export function* answerSteps(answer: Answer): Generator<Step, void, undefined> {
  const { request } = answer;
  if (request.unknownTokenId !== null) {
    yield* refuseTokenId(request, request.unknownTokenId);
  } else if (!request.stream) {
    for (let index = 0; index < answer.tokenIds.length; index++) yield wait;
    const body = asciiJson(request.api === "chat" ? chatBody(answer) : completionsBody(answer));
    yield* wholeAnswer(200, body, answer.tokenIds.length);
  } else {
    yield { do: "head", status: 200, headers: eventStream };
    yield* request.api === "chat" ? chatEvents(answer) : completionsEvents(answer);
    if (request.includeUsage) yield usageEvent(answer, answer.tokenIds.length);
    yield dataEvent("done", "[DONE]");
    yield { do: "end" };
  }
}

/** Steps of an answer that is one JSON body. */
export function wholeAnswer(status: number, body: string, tokens = 0): Step[] {
  const headers = { ...json, "content-length": `${Buffer.byteLength(body)}` };
  return [
    { do: "head", status, headers },
    { do: "event", part: tokens > 0 ? "token" : "error", body, tokens },
    { do: "end" },
  ];
}

/** The last event before [DONE], with the token counts of the whole answer. */
export function usageEvent(answer: Answer, completionTokens: number): Step {
  const head = eventHead(answer, kindOf(answer));
  const usage = usageOf(answer.request, completionTokens);
  return dataEvent("usage", `${head}"choices":[],"usage":${usage},"system_fingerprint":"${simName}"}`);
}

function* refuseTokenId(request: SimRequest, tokenId: number): Generator<Step, void, undefined> {
  const body = asciiJson(errorBody(400, `Token id ${tokenId} is out of vocabulary`));
  if (!request.stream) {
    yield* wholeAnswer(400, body);
    return;
  }
  yield { do: "head", status: 200, headers: eventStream };
  yield dataEvent("error", body);
  yield dataEvent("done", "[DONE]");
  yield { do: "end" };
}

function* completionsEvents(answer: Answer): Generator<Step, void, undefined> {
  const { request, tokenIds } = answer;
  const start = `${eventHead(answer, "text_completion")}"choices":[{"index":0,"text":"`;
  const last = tokenIds.length - 1;
  for (let index = 0; index <= last; index++) {
    yield wait;
    const tokenId = tokenIds[index] ?? endOfSequence;
    const finish = index === last ? `"${answer.finishReason}"` : "null";
    const promptIds = index === 0 && request.returnTokenIds ? `[${request.promptTokenIds().join()}]` : "null";
    const ids = request.returnTokenIds ? `[${tokenId}]` : "null";
    const choice = `${quoted(markedText(answer, index), answer)}","logprobs":null,"finish_reason":${finish},"stop_reason":null,"prompt_token_ids":${promptIds},"token_ids":${ids}}]`;
    yield dataEvent("token", `${start}${choice}${ending(answer, index)}`, 1);
  }
}

function* chatEvents(answer: Answer): Generator<Step, void, undefined> {
  const { request, tokenIds } = answer;
  const start = `${eventHead(answer, "chat.completion.chunk")}"choices":[{"index":0,"delta":{`;
  const promptIds = request.returnTokenIds ? `[${request.promptTokenIds().join()}]` : "null";
  const role = `"role":"assistant","content":""},"logprobs":null,"finish_reason":null}],"prompt_token_ids":${promptIds},"prompt_text":null}`;
  const last = tokenIds.length - 1;
  for (let index = 0; index <= last; index++) {
    yield wait;
    if (index === 0) yield dataEvent("role", start + role);
    const tokenId = tokenIds[index] ?? endOfSequence;
    const finish = index === last ? `"${answer.finishReason}","stop_reason":null` : "null";
    const ids = request.returnTokenIds ? `[${tokenId}]` : "null";
    const field = index < answer.reasoningTokens ? "reasoning_content" : "content";
    const delta = `"${field}":"${quoted(textOf(answer, index), answer)}"},"logprobs":null,"finish_reason":${finish},"token_ids":${ids}}]`;
    yield dataEvent("token", `${start}${delta}${ending(answer, index)}`, 1);
  }
}

/** What closes a token's event: usage so far where asked, the fingerprint where no usage event follows. */
function ending({ request, tokenIds }: Answer, index: number): string {
  if (request.continuousUsage) return `,"usage":${usageOf(request, index + 1)}}`;
  if (!request.includeUsage && index === tokenIds.length - 1) return `,"system_fingerprint":"${simName}"}`;
  return "}";
}

function usageOf({ promptTokens }: SimRequest, completionTokens: number): string {
  const total = promptTokens + completionTokens;
  return `{"prompt_tokens":${promptTokens},"total_tokens":${total},"completion_tokens":${completionTokens}}`;
}

function eventHead({ id, createdS, model }: Answer, kind: string): string {
  return `{"id":"${id}","object":"${kind}","created":${createdS},"model":${asciiJson(model)},`;
}

function kindOf({ request }: Answer): string {
  return request.api === "chat" ? "chat.completion.chunk" : "text_completion";
}

function completionsBody(answer: Answer): object {
  const { request, tokenIds } = answer;
  const choice = {
    index: 0,
    text: tokenIds.map((_, index) => markedText(answer, index)).join(""),
    logprobs: null,
    finish_reason: answer.finishReason,
    stop_reason: null,
    token_ids: request.returnTokenIds ? tokenIds : null,
    prompt_logprobs: null,
    prompt_token_ids: request.returnTokenIds ? request.promptTokenIds() : null,
  };
  return { ...bodyHead(answer, "text_completion"), choices: [choice], ...bodyTail(answer) };
}

function chatBody(answer: Answer): object {
  const { request, tokenIds, reasoningTokens } = answer;
  const texts = tokenIds.map((_, index) => textOf(answer, index));
  const reasoning = texts.slice(0, reasoningTokens).join("");
  const choice = {
    index: 0,
    message: {
      role: "assistant",
      ...(reasoning === "" ? {} : { reasoning_content: reasoning }),
      content: texts.slice(reasoningTokens).join(""),
    },
    logprobs: null,
    finish_reason: answer.finishReason,
    stop_reason: null,
    token_ids: request.returnTokenIds ? tokenIds : null,
  };
  const promptIds = request.returnTokenIds ? request.promptTokenIds() : null;
  return {
    ...bodyHead(answer, "chat.completion"),
    choices: [choice],
    ...bodyTail(answer),
    prompt_token_ids: promptIds,
  };
}

function bodyHead({ id, createdS, model }: Answer, object: string): object {
  return { id, object, created: createdS, model };
}

function bodyTail({ request, tokenIds }: Answer): object {
  const usage: unknown = JSON.parse(usageOf(request, tokenIds.length));
  return { system_fingerprint: simName, usage };
}
