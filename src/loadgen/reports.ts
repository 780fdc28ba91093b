import { FlexBenchError } from "../errors.ts";
import { nativeBinding, reportResults } from "./binding.ts";

/** Bytes of a response: any typed array. LoadGen reads them before the call returns. */
export type ResponseBytes = ArrayBufferView;

/** How a SUT tells LoadGen what became of a sample. Callable from any thread; each slot is single use. */
export interface Reporter {
  /**
   * The first token of a sample has arrived. Must come before `complete`, from the same thread; needed in token mode
   * outside Offline.
   */
  firstToken(slot: number, data?: ResponseBytes): void;
  /** The sample is answered. `tokenCount` counts output tokens, the first one included; LoadGen needs at least 2 in token mode. */
  complete(slot: number, data?: ResponseBytes, tokenCount?: number): void;
  /** Completes the first `count` slots at once, without data. Throws when any of them is not open. */
  completeAll(slots: Float64Array, count: number, tokenCount?: number): void;
  /** The sample has no answer. It is completed to LoadGen with no tokens, which LoadGen logs as an error in token mode. */
  fail(slot: number): void;
}

const refusals: Record<number, { code: string; sentence: string }> = {
  [reportResults.unknownSlot]: { code: "SLOT_UNKNOWN", sentence: "was never handed out" },
  [reportResults.alreadyCompleted]: { code: "SLOT_COMPLETED", sentence: "is completed already" },
  [reportResults.testOver]: { code: "SLOT_LATE", sentence: "belongs to a test that is over" },
  [reportResults.firstTokenRepeated]: {
    code: "FIRST_TOKEN_REPEATED",
    sentence: "has its first token already",
  },
  [reportResults.firstTokenMissing]: {
    code: "FIRST_TOKEN_MISSING",
    sentence: "has no first token, which LoadGen needs before the completion in token mode",
  },
  [reportResults.otherThread]: {
    code: "SLOT_OTHER_THREAD",
    sentence: "had its first token from another thread; LoadGen needs both reports from one",
  },
};

function check(result: number, slot: number): void {
  if (result === reportResults.accepted) return;
  const refusal = refusals[result] ?? { code: "REPORT_REFUSED", sentence: `was refused with ${result}` };
  throw new FlexBenchError(refusal.code, `Slot ${slot} ${refusal.sentence}.`);
}

/** A reporter that throws FlexBenchError (`SLOT_UNKNOWN`, `SLOT_COMPLETED`, …) on every misuse. */
export function createReporter(): Reporter {
  const native = nativeBinding();
  return {
    firstToken(slot, data) {
      check(native.firstToken(slot, data ?? null, data?.byteLength ?? 0), slot);
    },
    complete(slot, data, tokenCount = 0) {
      check(native.complete(slot, data ?? null, data?.byteLength ?? 0, tokenCount), slot);
    },
    completeAll(slots, count, tokenCount = 0) {
      const refused = native.completeAll(slots, count, tokenCount);
      if (refused > 0)
        throw new FlexBenchError(
          "SLOT_UNKNOWN",
          `${refused} of ${count} slots were not open or had no first token.`,
        );
    },
    fail(slot) {
      check(native.fail(slot), slot);
    },
  };
}
