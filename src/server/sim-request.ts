import type { Sample } from "../dataset/define-dataset.ts";
import type { ResolvedSimOptions } from "./sim-options.ts";

/** A generation request that the simulator understands. */
export interface SimRequest {
  api: "completions" | "chat";
  stream: boolean;
  includeUsage: boolean;
  continuousUsage: boolean;
  returnTokenIds: boolean;
  promptTokens: number;
  /** Ids of the prompt, made up where the prompt is text. */
  promptTokenIds: () => number[];
  /** Follows from the prompt alone: the same prompt gets the same answer. */
  promptHash: number;
  /** Tells prompts apart, see `promptKeyOf`. */
  promptKey: string;
  /** An id of the prompt that the model does not have: vLLM notices it after the headers are sent. */
  unknownTokenId: number | null;
  maxTokens: number;
  minTokens: number;
  ignoreEos: boolean;
}

/** A refusal in vLLM's words. */
export interface Refusal {
  status: number;
  body: object;
}

/** What the request says, or why it is refused. */
export type RequestReading = { request: SimRequest } | { refusal: Refusal };

/** Default lengths: vLLM's own for completions; for chat vLLM fills the context, which no simulation wants. */
const defaultMaxTokens = { completions: 16, chat: 128 } as const;

/** An error body as vLLM writes it. */
export function errorBody(
  status: number,
  message: string,
  param: string | null = null,
  type?: string,
): object {
  const kind =
    type ?? (status === 404 ? "NotFoundError" : status < 500 ? "BadRequestError" : "InternalServerError");
  return { error: { message, type: kind, param, code: status } };
}

/** Reads the body of a generation request, refusing what vLLM refuses. */
export function readSimRequest(
  api: SimRequest["api"],
  text: string,
  options: ResolvedSimOptions,
): RequestReading {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return refuse(
      `1 validation error:\n  {'type': 'json_invalid', 'loc': 'body.${text.length}', 'msg': 'JSON decode error'}`,
      `body.${text.length}`,
      "Bad Request",
    );
  }
  if (!isObject(body)) return refuse("The request body must be a JSON object.", "body", "Bad Request");
  if (body.model !== undefined && body.model !== null && body.model !== options.model) {
    const message = `The model \`${String(body.model)}\` does not exist. Valid aliases: ${options.model}.`;
    return { refusal: { status: 404, body: errorBody(404, message, "model") } };
  }
  const stream = body.stream === true;
  if (isObject(body.stream_options) && !stream) {
    return refuse(
      "Stream options can only be defined when `stream=True`. (parameter=stream_options)",
      "stream_options",
    );
  }
  if (wholeNumber(body.n, 1) !== 1) return refuse("flexbench-sim answers with one choice a request.", "n");
  const prompt = api === "chat" ? readMessages(body.messages) : readPrompt(body.prompt);
  if ("problem" in prompt) return refuse(prompt.problem, prompt.param);
  const limits = readLimits(api, body, prompt.tokens, options);
  if ("refusal" in limits) return limits;
  const streamOptions = isObject(body.stream_options) ? body.stream_options : {};
  return {
    request: {
      api,
      stream,
      includeUsage: streamOptions.include_usage === true,
      continuousUsage: streamOptions.include_usage === true && streamOptions.continuous_usage_stats === true,
      returnTokenIds: options.tokenIds && body.return_token_ids === true,
      promptTokens: prompt.tokens,
      promptTokenIds: () =>
        prompt.ids ?? inventIds(hashText(prompt.key), prompt.tokens, options.vocabularySize),
      promptHash: hashText(prompt.key),
      promptKey: prompt.key,
      unknownTokenId: prompt.ids?.find((id) => id >= options.vocabularySize) ?? null,
      ignoreEos: body.ignore_eos === true,
      ...limits,
    },
  };
}

/** What a prompt is known by: its text, that of all messages, or its token ids; the same in both APIs. */
export function promptKeyOf({ prompt, messages, promptTokenIds }: Sample): string {
  if (promptTokenIds !== undefined) return promptTokenIds.join();
  return messages?.map(({ content }) => content).join("\n") ?? prompt ?? "";
}

type Prompt = { tokens: number; key: string; ids: number[] | null } | { problem: string; param: string };

function readPrompt(given: unknown): Prompt {
  const prompt = Array.isArray(given) && given.length === 1 && !isId(given[0]) ? given[0] : given;
  if (typeof prompt === "string" && prompt !== "") {
    return { tokens: countTokens(prompt), key: prompt, ids: null };
  }
  if (Array.isArray(prompt) && prompt.length > 0) {
    if (prompt.every(isId)) return { tokens: prompt.length, key: prompt.join(), ids: prompt };
    return { problem: "flexbench-sim takes one prompt a request: a text or token ids.", param: "prompt" };
  }
  const problem = "Either prompt or prompt_embeds must be provided and non-empty. (parameter=prompt)";
  return { problem, param: "prompt" };
}

function readMessages(given: unknown): Prompt {
  if (!Array.isArray(given) || given.length === 0 || !given.every(isObject)) {
    return {
      problem: "messages must be a non-empty list of messages. (parameter=messages)",
      param: "messages",
    };
  }
  const contents = given.map(({ content }) =>
    typeof content === "string" ? content : JSON.stringify(content),
  );
  const templateTokens = 4;
  const tokens = contents.reduce((sum, content = "") => sum + templateTokens + countTokens(content), 0);
  return { tokens, key: contents.join("\n"), ids: null };
}

function readLimits(
  api: SimRequest["api"],
  body: Record<string, unknown>,
  promptTokens: number,
  options: ResolvedSimOptions,
): Pick<SimRequest, "maxTokens" | "minTokens"> | { refusal: Refusal } {
  const context = options.maxModelLen;
  if (promptTokens >= context) {
    return refuse(
      `This model's maximum context length is ${context} tokens. However, your prompt contains ${promptTokens} input tokens, which exceeds this limit even without any output tokens. Please reduce the length of the input prompt. (parameter=input_tokens, value=${promptTokens})`,
      "input_tokens",
    );
  }
  const asked = body.max_tokens ?? body.max_completion_tokens;
  const room = context - promptTokens;
  const maxTokens = wholeNumber(asked, Math.min(defaultMaxTokens[api], room));
  const minTokens = wholeNumber(body.min_tokens, 0);
  if (!(maxTokens >= 1)) {
    return refuse(
      `max_tokens must be at least 1, got ${String(asked)}. (parameter=max_tokens, value=${String(asked)})`,
      "max_tokens",
    );
  }
  if (maxTokens > room) {
    return refuse(
      `max_tokens=${maxTokens} cannot be greater than max_model_len=${context} less ${promptTokens} input tokens. Please request fewer output tokens. (parameter=max_tokens, value=${maxTokens})`,
      "max_tokens",
    );
  }
  if (!(minTokens >= 0 && minTokens <= maxTokens)) {
    return refuse(
      `min_tokens must be less than or equal to max_tokens=${maxTokens}, got ${minTokens}.`,
      null,
    );
  }
  return { maxTokens, minTokens };
}

function refuse(message: string, param: string | null, type?: string): { refusal: Refusal } {
  return { refusal: { status: 400, body: errorBody(400, message, param, type) } };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isId(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** The number, `absent` where there is none, NaN where it is no whole number. */
function wholeNumber(value: unknown, absent: number): number {
  if (value === undefined || value === null) return absent;
  return Number.isSafeInteger(value) ? (value as number) : Number.NaN;
}

/** The simulator has no tokenizer: a token is four bytes of text. */
function countTokens(text: string): number {
  return Math.max(1, Math.ceil(Buffer.byteLength(text) / 4));
}

/** FNV-1a over the characters, 32 bits. */
export function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return hash >>> 0;
}

function inventIds(hash: number, count: number, vocabularySize: number): number[] {
  return Array.from({ length: count }, (_, index) => (hash + 31 * index) % vocabularySize);
}
