import type { ReasoningMarks } from "#src/model/define-model.js";
import { StreamClient } from "#src/transport/client.js";
import type { TlsPlan } from "#src/transport/plan.js";
import type { StreamRequest } from "#src/transport/stream-request.js";

interface Tag {
  endpoint: number;
  tell(request: StreamRequest<Tag>): void;
}

/** What a test may want otherwise. */
export interface AskingOptions {
  api?: "completions" | "chat";
  headers?: Record<string, string>;
  tls?: TlsPlan;
  /** Over all endpoints. @default one an endpoint */
  connections?: number;
  timeoutMs?: number;
  /** Marks of reasoning in the model's text. */
  reasoning?: ReasoningMarks;
}

/** Output tokens that each request asks for. */
export const askedTokens = 10;

const plainTls: TlsPlan = { ca: null, cert: null, key: null, insecure: false };

/** The client of a run, asked by a test. */
export class AskingClient {
  readonly #client: StreamClient<Tag>;
  readonly #body: Uint8Array;

  constructor(urls: readonly string[], options: AskingOptions = {}) {
    const { api = "completions", headers = {}, tls = plainTls, timeoutMs = 10_000 } = options;
    const { connections = urls.length } = options;
    const prompt = api === "chat" ? { messages: [{ role: "user", content: "Hi" }] } : { prompt: "Hi" };
    const asked = { max_tokens: askedTokens, stream: true, stream_options: { include_usage: true } };
    this.#body = Buffer.from(JSON.stringify({ ...prompt, ...asked, return_token_ids: true }));
    this.#client = new StreamClient<Tag>({
      plan: {
        endpoints: urls.map((url) => ({ url })),
        api,
        headers,
        tls,
        workers: 1,
        connections,
        timeoutMs,
        ...(options.reasoning === undefined ? {} : { reasoning: options.reasoning }),
      },
      payload: "token-ids",
      connections,
      now: () => Math.round(performance.now() * 1e6),
      listener: {
        onFirstToken: () => {},
        onTokenGap: () => {},
        onEnd: (request) => request.tag.tell(request),
      },
    });
  }

  get staleRetries(): number {
    return this.#client.staleRetries;
  }

  /** Opens one connection ahead. */
  preopen(): Promise<void> {
    return this.#client.preopen(1);
  }

  /** Sends a request and waits for its end. */
  ask(): Promise<StreamRequest<Tag>> {
    return new Promise((tell) => this.#client.send({ endpoint: 0, tell }, this.#body));
  }

  /** As `ask`: the code of its error, or null. */
  async codeOf(): Promise<string | null> {
    return (await this.ask()).error?.code ?? null;
  }

  close(): void {
    this.#client.close();
  }
}
