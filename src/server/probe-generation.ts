import { type Routed, StreamClient } from "../transport/client.ts";
import type { TransportPlan } from "../transport/plan.ts";
import type { RequestError } from "../transport/request-error.ts";
import type { StreamRequest } from "../transport/stream-request.ts";
import type { ResolvedAccess } from "./endpoint-client.ts";

/** What one tiny streamed request showed. */
export interface GenerationProbe {
  /** The answer was good by the rules that runs go by. */
  works: boolean;
  /** Why it was not. */
  error: RequestError | null;
  /** From sending to the first token, ns, or null without one. */
  firstTokenNs: number | null;
  /** From sending to the end, ns, or null when it failed. */
  latencyNs: number | null;
  /** By the server's usage, or null without. */
  promptTokens: number | null;
  outputTokens: number | null;
  /** The server returns usage when asked. */
  returnsUsage: boolean;
  /** The server knows `return_token_ids`. */
  returnsTokenIds: boolean;
  finishReason: string | null;
  /** The stream ended with `[DONE]`. */
  sendsDone: boolean;
}

/** Which API of which model is asked for how many tokens. */
export interface GenerationQuestion {
  url: string;
  api: TransportPlan["api"];
  model: string;
  maxTokens: number;
  /** @default a few words */
  prompt?: string;
}

/** Sends one tiny request as a run would; once more without `return_token_ids` where that field is refused. */
export async function probeGeneration(
  question: GenerationQuestion,
  access: ResolvedAccess,
): Promise<GenerationProbe> {
  const probe = await generate(question, access, true);
  const refusesUnknownFields = probe.error?.code === "HTTP_400" || probe.error?.code === "HTTP_422";
  return refusesUnknownFields ? generate(question, access, false) : probe;
}

async function generate(
  { url, api, model, maxTokens, prompt }: GenerationQuestion,
  { headers, tls, timeoutMs }: ResolvedAccess,
  askTokenIds: boolean,
): Promise<GenerationProbe> {
  const asked =
    api === "chat"
      ? { messages: [{ role: "user", content: prompt ?? "Say hello." }] }
      : { prompt: prompt ?? "Hello, my name is" };
  const body = {
    model,
    ...asked,
    max_tokens: maxTokens,
    temperature: 0,
    stream: true,
    stream_options: { include_usage: true },
    ...(askTokenIds ? { return_token_ids: true } : {}),
  };
  const plan = { endpoints: [{ url }], api, headers, tls, workers: 1, connections: 1, timeoutMs };
  const request = await new Promise<StreamRequest<Routed>>((resolve) => {
    const client = new StreamClient<Routed>({
      plan,
      payload: "token-ids",
      connections: 1,
      now: () => Math.round(performance.now() * 1e6),
      listener: {
        onFirstToken: () => {},
        onTokenGap: () => {},
        onEnd: (ended) => {
          client.close();
          resolve(ended);
        },
      },
    });
    client.send({ endpoint: 0 }, Buffer.from(JSON.stringify(body)));
  });
  return describe(request);
}

function describe(request: StreamRequest<Routed>): GenerationProbe {
  const { answer, error, sentNs } = request;
  return {
    works: error === null,
    error,
    firstTokenNs: knownNs(request.firstTokenNs - sentNs),
    latencyNs: error === null ? knownNs(request.endNs - sentNs) : null,
    promptTokens: answer.promptTokens < 0 ? null : answer.promptTokens,
    outputTokens: answer.completionTokens < 0 ? null : answer.completionTokens,
    returnsUsage: answer.completionTokens >= 0,
    returnsTokenIds: answer.tokenIds.length > 0,
    finishReason: answer.finishReason,
    sendsDone: answer.isDone,
  };
}

function knownNs(ns: number): number | null {
  return Number.isNaN(ns) ? null : ns;
}
