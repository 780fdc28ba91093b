import type { ReasoningMarks } from "../model/define-model.ts";

/** One server of the OpenAI API. */
export interface EndpointPlan {
  /** Origin with an optional path prefix, e.g. `http://127.0.0.1:8000`. */
  url: string;
}

/** TLS files by path; what is null is left to Node's defaults. */
export interface TlsPlan {
  ca: string | null;
  cert: string | null;
  key: string | null;
  /** Accept any certificate. */
  insecure: boolean;
}

/** How requests are sent. */
export interface TransportPlan {
  endpoints: readonly EndpointPlan[];
  api: "completions" | "chat";
  /** Header names and values sent with each request, the authorization included. */
  headers: Readonly<Record<string, string>>;
  tls: TlsPlan;
  /** Worker threads. */
  workers: number;
  /** Most connections over all workers and endpoints. */
  connections: number;
  /** Longest time from sending to the end of an answer, ms. */
  timeoutMs: number;
  /** Marks of reasoning in the model's text; absent where it writes none. */
  reasoning?: ReasoningMarks;
}

/** Request bodies on disk: body `i` is bytes offsets[i]..offsets[i+1] of `bodiesPath`; offsets are little-endian float64. */
export interface BodiesPlan {
  bodiesPath: string;
  offsetsPath: string;
  totalSampleCount: number;
  performanceSampleCount: number;
  datasetName: string;
}
