import { setTimeout as sleep } from "node:timers/promises";
import type { RunListener } from "../run-events.ts";
import type { TimedEvent } from "./event-log.ts";

/** Gives recorded events to a listener at the times at which they came, `speed` times as fast; ends early by the signal. */
export async function replayEvents(
  events: readonly TimedEvent[],
  listener: RunListener,
  { speed, signal }: { speed: number; signal: AbortSignal },
): Promise<void> {
  const startedMs = performance.now();
  for (const { atMs, event } of events) {
    const waitMs = startedMs + atMs / speed - performance.now();
    if (waitMs > 0) await sleep(waitMs, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
    listener.onEvent(event);
  }
}
