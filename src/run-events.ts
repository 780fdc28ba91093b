import type { RunRecord } from "./results/record.ts";
import type { Snapshot } from "./sut/snapshot.ts";
import type { ToldResources } from "./telemetry/resource-teller.ts";

/** The parts of a run, in order; a run has only those that its mode asks for. */
export type RunPhase = "warmup" | "performance" | "accuracy" | "report";

/** What a run tells while it goes on. The result itself is what `run` returns. */
export type RunEvent =
  /** The embedded server is being started. */
  | { kind: "server-starting"; message: string }
  /** Bytes so far of something that is fetched once; `totalBytes` is null when the sender did not say. */
  | { kind: "download"; label: string; receivedBytes: number; totalBytes: number | null }
  /** The server answers. */
  | { kind: "server-ready"; url: string; name: string }
  /** Something worth knowing. */
  | { kind: "note"; message: string }
  /** Something that may spoil the result. */
  | { kind: "warning"; message: string }
  | { kind: "phase"; phase: RunPhase }
  /** Sent a few times a second during a test; `durationNs` is the least duration asked for. */
  | { kind: "snapshot"; snapshot: Snapshot; durationNs: number; phase: RunPhase }
  /** Sent about once a second from before the warm-up until after the performance test, where servers or meters are read. */
  | { kind: "resources"; resources: ToldResources; phase: "warmup" | "performance" }
  /** The record is written; `folder` holds it. */
  | { kind: "finished"; record: RunRecord; folder: string };

/** Receives the events of a run, one after the other. Must not throw. */
export interface RunListener {
  onEvent(event: RunEvent): void;
}
