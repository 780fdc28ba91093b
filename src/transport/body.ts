import type { ChatMessage, Sample } from "../dataset/define-dataset.ts";
import { UsageError } from "../errors.ts";
import type { Sampling } from "../model/define-model.ts";

/** What one request body is made of. */
export interface BodyRequest {
  api: "completions" | "chat";
  /** What the server calls the model. */
  model: string;
  sample: Sample;
  /** Index of the sample in its dataset, for error messages. */
  sampleIndex: number;
  sampling: Sampling;
  /** Output token limit; the sample's own limit comes first. */
  maxTokens: number;
  /** Least number of output tokens, or null for no floor; never sent above the output token limit. */
  minTokens: number | null;
  /** Ask for token ids with each event; only for servers that know `return_token_ids`. */
  returnTokenIds: boolean;
}

/**
 * The body of one streaming request as UTF-8 JSON, usage included at the end of the stream.
 * Greedy (temperature 0) unless the sampling says otherwise.
 * Throws a UsageError `SAMPLE_INVALID` when the sample has no usable prompt for the API.
 */
export function buildBody(request: BodyRequest): Uint8Array {
  const { api, model, sample, sampling } = request;
  const maxTokens = sample.maxTokens ?? request.maxTokens;
  // What is undefined is left out by JSON.stringify, so the server's own default holds.
  const body = {
    model,
    ...(api === "chat" ? { messages: chatMessages(request) } : { prompt: completionPrompt(request) }),
    stream: true,
    stream_options: { include_usage: true },
    return_token_ids: request.returnTokenIds ? true : undefined,
    max_tokens: maxTokens,
    min_tokens: request.minTokens === null ? undefined : Math.min(request.minTokens, maxTokens),
    temperature: sampling.temperature ?? 0,
    top_p: sampling.topP,
    top_k: sampling.topK,
    seed: sampling.seed,
    stop: sampling.stop,
    ignore_eos: sampling.ignoreEos,
  };
  return Buffer.from(JSON.stringify(body));
}

function completionPrompt({ sample, sampleIndex }: BodyRequest): string | readonly number[] {
  requireOnePrompt(sample, sampleIndex);
  if (sample.messages !== undefined) {
    throw invalidSample(
      sampleIndex,
      "it holds chat messages, which the completions API does not take",
      "Use the chat API, or a dataset with plain prompts.",
    );
  }
  if (sample.promptTokenIds !== undefined) {
    return sample.promptTokenIds;
  }
  return sample.prompt ?? "";
}

function chatMessages({ sample, sampleIndex }: BodyRequest): readonly ChatMessage[] {
  requireOnePrompt(sample, sampleIndex);
  if (sample.promptTokenIds !== undefined) {
    throw invalidSample(
      sampleIndex,
      "it holds token ids, which the chat API does not take",
      "Use the completions API, or a dataset with text or messages.",
    );
  }
  return sample.messages ?? [{ role: "user", content: sample.prompt ?? "" }];
}

function requireOnePrompt(sample: Sample, sampleIndex: number): void {
  const given = (["prompt", "messages", "promptTokenIds"] as const).filter(
    (name) => sample[name] !== undefined,
  );
  const hint = "Set exactly one of prompt, messages and promptTokenIds.";
  const [only] = given;
  if (only === undefined) {
    throw invalidSample(sampleIndex, "it has no prompt", hint);
  }
  if (given.length > 1) {
    throw invalidSample(sampleIndex, `it has more than one prompt: ${given.join(", ")}`, hint);
  }
  if (sample[only]?.length === 0) {
    throw invalidSample(sampleIndex, `its ${only} is empty`, hint);
  }
}

function invalidSample(sampleIndex: number, message: string, hint: string): UsageError {
  return new UsageError("SAMPLE_INVALID", [{ where: `sample ${sampleIndex}`, message }], { hint });
}
