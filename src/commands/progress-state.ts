import type { RunEvent, RunPhase } from "../run-events.ts";
import type { Snapshot } from "../sut/snapshot.ts";

/** What a running test is known to be at. */
export interface TestProgress {
  phase: RunPhase;
  durationNs: number;
  snapshot: Snapshot;
  /** The snapshot that current rates are counted from: about five seconds older, or the start. */
  base: Pick<Snapshot, "elapsedNs" | "completed" | "outputTokens">;
  /** Snapshots of the last five seconds, oldest first. */
  recent: readonly Snapshot[];
}

/** What goes on, as one of the things that can go on. */
export type ProgressState =
  | { kind: "idle" }
  | { kind: "waiting"; message: string }
  | { kind: "download"; label: string; receivedBytes: number; totalBytes: number | null }
  | ({ kind: "test" } & TestProgress);

export const idle: ProgressState = { kind: "idle" };

const rateWindowNs = 5e9;
const start = { elapsedNs: 0, completed: 0, outputTokens: 0 };

const waitingFor: Record<RunPhase, string> = {
  warmup: "warming up",
  performance: "starting the performance test",
  accuracy: "starting the accuracy test",
  report: "writing the results",
};

/** The state after an event; notes and warnings change nothing. */
export function advance(state: ProgressState, event: RunEvent): ProgressState {
  switch (event.kind) {
    case "server-starting":
      return { kind: "waiting", message: "waiting for the server" };
    case "download":
      return {
        kind: "download",
        label: event.label,
        receivedBytes: event.receivedBytes,
        totalBytes: event.totalBytes,
      };
    case "server-ready":
      return { kind: "waiting", message: "preparing the test" };
    case "phase":
      return { kind: "waiting", message: waitingFor[event.phase] };
    case "snapshot":
      return advanceTest(state, event);
    case "finished":
      return idle;
    case "note":
    case "warning":
    case "resources":
      return state;
  }
}

function advanceTest(state: ProgressState, event: Extract<RunEvent, { kind: "snapshot" }>): ProgressState {
  const { snapshot, durationNs, phase } = event;
  const earlier = state.kind === "test" && state.phase === phase ? state.recent : [];
  const windowStart = snapshot.elapsedNs - rateWindowNs;
  // The newest one before the window stays, so that the window is full.
  const firstInWindow = earlier.findIndex(({ elapsedNs }) => elapsedNs > windowStart);
  const kept = firstInWindow === -1 ? earlier.slice(-1) : earlier.slice(Math.max(0, firstInWindow - 1));
  const [oldest] = kept;
  const base = oldest === undefined || windowStart <= 0 ? start : oldest;
  return { kind: "test", phase, durationNs, snapshot, base, recent: [...kept, snapshot] };
}

/** Completed queries and output tokens a second over the last seconds; null while no time has passed. */
export function currentRates({ snapshot, base }: TestProgress): { queries: number; tokens: number } | null {
  const seconds = (snapshot.elapsedNs - base.elapsedNs) / 1e9;
  if (seconds <= 0) return null;
  return {
    queries: (snapshot.completed - base.completed) / seconds,
    tokens: (snapshot.outputTokens - base.outputTokens) / seconds,
  };
}
