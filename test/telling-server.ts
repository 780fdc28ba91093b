import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** A server on this machine that answers as it is told. */
export interface TellingServer {
  url: string;
  stop(): Promise<void>;
}

/** What a server says to a prompt; token ids make it one that returns them. */
export interface Told {
  text: string;
  tokenIds?: readonly number[];
}

/** Starts an OpenAI completions server whose answers `tell` gives, word by word, two tokens at the least. */
export async function startTellingServer(tell: (prompt: string) => Told): Promise<TellingServer> {
  const server = createServer(async (request, response) => {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    if (request.url === "/v1/models") {
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify({ object: "list", data: [{ id: "teller", object: "model" }] }));
      return;
    }
    if (request.method !== "POST" || request.url !== "/v1/completions") {
      response.writeHead(404).end();
      return;
    }
    const { prompt } = JSON.parse(Buffer.concat(pieces).toString("utf8")) as { prompt: string };
    const { text, tokenIds } = tell(prompt);
    response.writeHead(200, { "content-type": "text/event-stream" });
    const events = [...text.matchAll(/\s*\S+/g)].map(([word]) => word);
    while (events.length < 2) events.push("");
    const ids = tokenIds ?? [];
    const send = (content: object) =>
      response.write(
        `data: ${JSON.stringify({ id: "1", object: "text_completion", model: "teller", ...content })}\n\n`,
      );
    for (const [index, word] of events.entries()) {
      const isLast = index === events.length - 1;
      const own = isLast ? ids.slice(index) : ids.slice(index, index + 1);
      send({
        choices: [
          {
            index: 0,
            text: word,
            finish_reason: isLast ? "stop" : null,
            ...(tokenIds === undefined ? {} : { token_ids: own }),
          },
        ],
      });
    }
    const count = tokenIds?.length ?? events.length;
    send({
      choices: [],
      usage: { prompt_tokens: 4, completion_tokens: count, total_tokens: 4 + count },
    });
    response.end("data: [DONE]\n\n");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
