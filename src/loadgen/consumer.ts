import { nativeBinding } from "./binding.ts";
import { createReporter, type Reporter } from "./reports.ts";

/**
 * Samples handed over in one wake-up, as flat arrays of which the first `count` elements count.
 * The arrays are reused: copy what must outlive the call. Times are ns on the monotonic clock.
 */
export interface Batch {
  count: number;
  /** What to report with. */
  readonly slots: Float64Array;
  /** Which sample of the library is asked for. */
  readonly samples: Float64Array;
  /** When LoadGen meant to issue it. */
  readonly scheduledNs: Float64Array;
  /** When LoadGen did issue it. */
  readonly issuedNs: Float64Array;
}

/** Takes samples on the thread that attached it. */
export interface Consumer {
  issue(batch: Batch, report: Reporter): void;
}

/** Samples taken in one turn of the event loop; more stay queued for the next turn. */
const batchCapacity = 1024;

/**
 * Makes the calling thread one that answers samples; LoadGen's samples go to the consumer with the fewest
 * outstanding. Works on the main thread and in any worker thread. A worker that ends with samples open fails them.
 * What `issue` throws goes to `onError`.
 */
export function attachConsumer(consumer: Consumer, onError: (error: unknown) => void): { detach(): void } {
  const native = nativeBinding();
  const report = createReporter();
  const buffer = new Float64Array(4 * batchCapacity);
  const plane = (index: number) => buffer.subarray(index * batchCapacity, (index + 1) * batchCapacity);
  const batch: Batch = {
    count: 0,
    slots: plane(0),
    samples: plane(1),
    scheduledNs: plane(2),
    issuedNs: plane(3),
  };
  const index = native.attach(buffer, (count) => {
    batch.count = count;
    try {
      consumer.issue(batch, report);
    } catch (error) {
      onError(error);
    }
  });
  return { detach: () => native.detach(index) };
}
