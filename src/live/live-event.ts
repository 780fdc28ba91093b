import type { RunState } from "../results/record.ts";
import type { RunEvent } from "../run-events.ts";

/** What a live page is told: the events of a run, of whose record only the outcome. */
export type LiveEvent =
  | Exclude<RunEvent, { kind: "finished" }>
  | { kind: "finished"; state: RunState; reasons: string[] };

/** The event as a live page gets it. */
export function liveEventOf(event: RunEvent): LiveEvent {
  if (event.kind !== "finished") return event;
  const { state, reasons } = event.record;
  return { kind: "finished", state, reasons: reasons.map(({ reason }) => reason) };
}
