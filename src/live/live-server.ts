import { EventEmitter, once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { EnvironmentError } from "../errors.ts";
import { runFiles } from "../results/store.ts";
import type { RunEvent, RunListener } from "../run-events.ts";
import { liveEventOf } from "./live-event.ts";
import { livePage } from "./live-page.ts";

/** A page that shows a run while it goes on. */
export interface LivePage extends RunListener {
  /** Address on this machine; nothing outside can reach it. */
  url: string;
  /** Resolves when the page is opened for the first time, or by the signal. */
  watched(signal: AbortSignal): Promise<void>;
  /** Ends it, after those who watch have had a moment to take the finished report. */
  close(): Promise<void>;
}

/** So long a page that is open may take to fetch the report. */
const mostFarewellMs = 2000;

/** Events kept for a page that is opened late: of those that come all the time, an hour's. */
const mostEvents = 20_000;
const isFrequent = ({ kind }: RunEvent): boolean => kind === "snapshot" || kind === "resources";

/** Serves a page on a free port of 127.0.0.1 until it is closed. Throws EnvironmentError when it cannot listen. */
export async function startLivePage(): Promise<LivePage> {
  const watchers = new Set<ServerResponse>();
  const history: string[] = [];
  const opened = new EventEmitter();
  const farewell = new Farewell();
  let folder: string | null = null;

  const server = createServer((request, response) => {
    void answer(request, response).catch(() => response.destroy());
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // A page of another site that made its name point here must not read the run.
    if (!/^(127\.0\.0\.1|localhost)(:\d+)?$/.test(request.headers.host ?? "")) return end(response, 403);
    if (request.method !== "GET") return end(response, 405);
    switch (new URL(request.url ?? "/", "http://localhost").pathname) {
      case "/":
        return send(response, livePage());
      case "/events":
        return watch(response);
      case "/report.html": {
        const report = folder === null ? null : await readReport(folder);
        if (report === null) return end(response, 404);
        response.once("close", () => farewell.taken());
        return send(response, report);
      }
      default:
        return end(response, 404);
    }
  }

  function watch(response: ServerResponse): void {
    response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
    response.write(history.join(""));
    watchers.add(response);
    opened.emit("open");
    response.once("close", () => watchers.delete(response));
  }

  const url = await listen(server);
  return {
    url,
    watched: async (signal) => {
      if (watchers.size === 0) await once(opened, "open", { signal }).catch(() => undefined);
    },
    onEvent: (event: RunEvent) => {
      if (event.kind === "finished") {
        folder = event.folder;
        farewell.begin(watchers.size);
      }
      const message = `data: ${JSON.stringify(liveEventOf(event))}\n\n`;
      if (history.length < mostEvents || !isFrequent(event)) history.push(message);
      for (const watcher of watchers) watcher.write(message);
    },
    close: async () => {
      await farewell.over();
      for (const watcher of watchers) watcher.end();
      server.close();
      server.closeAllConnections();
    },
  };
}

/** The time after the end in which each who watched takes the report: a page closes its stream before it asks for that. */
class Farewell {
  #left = 0;
  readonly #everyone = new AbortController();

  /** The run has finished, and so many watch. */
  begin(watching: number): void {
    this.#left = watching;
  }

  /** One has taken the report. */
  taken(): void {
    this.#left -= 1;
    if (this.#left === 0) this.#everyone.abort();
  }

  /** Resolves when all have taken it, or after a moment. */
  async over(): Promise<void> {
    if (this.#left <= 0) return;
    await sleep(mostFarewellMs, undefined, { signal: this.#everyone.signal }).catch(() => undefined);
  }
}

function listen(server: Server): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once("error", (cause) =>
      reject(
        new EnvironmentError("LIVE_NOT_SERVED", "The live page cannot be served on 127.0.0.1.", {
          hint: "Leave --live out.",
          cause,
        }),
      ),
    );
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo;
      resolve(`http://127.0.0.1:${port}/`);
    });
  });
}

async function readReport(folder: string): Promise<string | null> {
  return await readFile(join(folder, runFiles.report), "utf8").catch(() => null);
}

function send(response: ServerResponse, page: string): void {
  response.writeHead(200, { "content-type": "text/html; charset=utf-8", "cache-control": "no-store" });
  response.end(page);
}

function end(response: ServerResponse, status: number): void {
  response.writeHead(status, { "content-type": "text/plain" });
  response.end(`${status}\n`);
}
