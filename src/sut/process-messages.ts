import type { ReportCounters } from "../loadgen/binding.ts";
import type { TestPlan } from "./plan.ts";
import type { ClientHealth, GapHistogram, Snapshot } from "./snapshot.ts";
import type { Timeline } from "./timeline.ts";
import type { TokenSources } from "./worker-messages.ts";

/** What the controller asks of a test process. */
export type ProcessRequest = { kind: "start"; plan: TestPlan } | { kind: "abort" };

/** What a test process measured, whole or up to an abort. */
export interface TestMeasurements {
  timeline: Timeline;
  gaps: GapHistogram;
  health: ClientHealth;
  counters: ReportCounters;
  tokenSources: TokenSources;
  staleRetries: number;
  endsWithoutDone: number;
  warmup: { requests: number; failures: { code: string; message: string }[]; outputTokens: number };
  /** By endpoint: nothing could connect to it, and it was given no more requests. */
  takenOut: boolean[];
  /** From the start of the test to its end, ns. */
  durationNs: number;
}

/** An error as it crosses the process boundary. */
export interface PlainError {
  name: string;
  code: string;
  message: string;
  hint: string | null;
  cause: string | null;
}

/** What a test process tells. */
export type ProcessReply =
  | { kind: "warming" }
  | { kind: "started" }
  | { kind: "snapshot"; snapshot: Snapshot }
  | { kind: "finished"; measurements: TestMeasurements; failure: PlainError | null }
  | { kind: "aborted"; measurements: TestMeasurements }
  | { kind: "refused"; failure: PlainError };
