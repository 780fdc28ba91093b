import type { LoadedBodies } from "../transport/body-store.ts";
import type { TransportPlan } from "../transport/plan.ts";
import type { Timeline } from "./timeline.ts";

/** What a worker thread is born with. */
export interface WorkerPlan {
  index: number;
  transport: TransportPlan;
  payload: "token-ids" | "text" | "encoded-text";
  /** Folder of the tokenizer that counts tokens where the server does not; absent for none. */
  tokenizerFolder?: string;
  /** This worker's share of the connections. */
  connections: number;
  /** The endpoint board, shared by all workers. */
  board: SharedArrayBuffer;
  counters: SharedArrayBuffer;
  /** Latencies over these are counted while the test runs, ns; absent where LoadGen judges by none. */
  limits?: { ttftNs: number; tpotNs: number };
}

/** What the child's main thread asks of a worker; each is answered once. */
export type WorkerRequest =
  | { kind: "load"; bodies: LoadedBodies }
  | { kind: "unload" }
  | { kind: "warm-up"; samples: readonly number[] }
  | { kind: "preopen"; connections: number }
  | { kind: "attach" }
  | { kind: "finish"; startedNs: number; abandon: boolean };

/** Where token counts came from, by number of requests. */
export interface TokenSources {
  usage: number;
  "token-ids": number;
  tokenizer: number;
  events: number;
}

/** What a worker gathered over the test. */
export interface WorkerResult {
  timeline: Timeline;
  gaps: Float64Array;
  tokenSources: TokenSources;
  staleRetries: number;
  connectionWaits: number;
  /** Streams that ended properly, but without `[DONE]`. */
  endsWithoutDone: number;
  eventLoopDelayNs: { p50: number; p99: number; max: number };
  /** Share of the time since attaching that the event loop was not idle. */
  utilization: number;
}

/** A worker's answers, in the order of the requests. */
export type WorkerReply =
  | { kind: "ready" }
  | { kind: "loaded" }
  | { kind: "unloaded" }
  | {
      kind: "warm";
      failures: { code: string; message: string }[];
      outputTokens: number;
      /** Of the good ones, from sending to the end. */
      latenciesNs: number[];
    }
  | { kind: "preopened" }
  | { kind: "attached" }
  | { kind: "finished"; result: WorkerResult };
