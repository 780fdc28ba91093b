import { workerData } from "node:worker_threads";
import type { ClockMemory } from "./sim-pacing.ts";

/**
 * Thread of the pacer: sleeps on a futex until the deadline in shared memory, then posts a message. Node's own
 * timers are whole milliseconds and up to one late; this one is about 0.1 ms late.
 */
const { signal, deadline, port } = workerData as ClockMemory;

for (;;) {
  const seen = Atomics.load(signal, 0);
  if (seen < 0) break;
  const remainingMs = (deadline[0] ?? Infinity) - Number(process.hrtime.bigint()) / 1e6;
  if (remainingMs > 0) {
    Atomics.wait(signal, 0, seen, remainingMs);
  } else {
    port.postMessage(null);
    Atomics.wait(signal, 0, seen);
  }
}
port.close();
