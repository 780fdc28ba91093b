import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { EnvironmentError, type Problem } from "../errors.ts";
import type { LogSettings, TestSettings } from "./settings.ts";

/** What native/run_js.cc answers to a report about a slot. */
export const reportResults = {
  accepted: 0,
  unknownSlot: 1,
  alreadyCompleted: 2,
  testOver: 3,
  firstTokenRepeated: 4,
  firstTokenMissing: 5,
  otherThread: 6,
} as const;

/** What native/run.h answers to a start. */
export const startResults = {
  started: 0,
  alreadyRunning: 1,
  noConsumer: 2,
  issueThreadsNeedOwnProcess: 3,
} as const;

/** What LoadGen's thread tells the thread that started the test. */
export const testEvents = { load: 0, unload: 1, end: 2 } as const;

/** Counters of the running test, or of the last one; times on the monotonic clock. */
export interface ReportCounters {
  issued: number;
  firstTokens: number;
  completed: number;
  failed: number;
  lastActivityNs: number;
}

/** The addon as it is: numbers in, numbers out. `session.ts` and `consumer.ts` make it safe and friendly. */
export interface NativeBinding {
  loadgenVersion(): string;
  defaultTestSettings(): TestSettings;
  /** `path` null reads the mlperf.conf that is embedded in LoadGen. `status` is 0, or a negative errno. */
  applyConfig(
    settings: TestSettings,
    path: string | null,
    model: string,
    scenario: string,
  ): { settings: TestSettings; status: number };
  checkTestSettings(settings: TestSettings, samples: { total: number; performance: number }): Problem[];
  startTest(
    request: {
      settings: TestSettings;
      log: LogSettings;
      auditConfig: string;
      sutName: string;
      libraryName: string;
      samples: { total: number; performance: number };
    },
    onEvent: (kind: number, samples?: Float64Array) => void,
  ): number;
  samplesReady(): void;
  /** `buffer` has four planes of equal length: slots, sample indices, scheduled ns, issued ns. */
  attach(buffer: Float64Array, onBatch: (count: number) => void): number;
  detach(consumer: number): void;
  firstToken(slot: number, data: ArrayBufferView | null, byteLength: number): number;
  complete(slot: number, data: ArrayBufferView | null, byteLength: number, tokenCount: number): number;
  completeAll(slots: Float64Array, count: number, tokenCount: number): number;
  fail(slot: number): number;
  drain(): void;
  failAll(): number;
  counters(): ReportCounters;
  isRunning(): boolean;
  monotonicNowNs(): number;
}

const candidates = ["../../build/Release/flexbench.node", "../../build/Debug/flexbench.node"];

function loadAddon(): NativeBinding {
  const require = createRequire(import.meta.url);
  const failures: string[] = [];
  for (const candidate of candidates) {
    const path = fileURLToPath(new URL(candidate, import.meta.url));
    try {
      return require(path) as NativeBinding;
    } catch (error) {
      failures.push(`${path}: ${error instanceof Error ? error.message.split("\n")[0] : String(error)}`);
    }
  }
  throw new EnvironmentError("ADDON_MISSING", "The LoadGen addon is not built or cannot be loaded.", {
    hint: "Run `npm approve-scripts flexbench && npm rebuild flexbench` (in a checkout: `npm run build:native`).",
    cause: new Error(failures.join("\n")),
  });
}

let loaded: NativeBinding | null = null;

/** The addon, loaded on first use. Throws EnvironmentError `ADDON_MISSING` when it was not built. */
export function nativeBinding(): NativeBinding {
  loaded ??= loadAddon();
  return loaded;
}

/** Version of the LoadGen that was compiled, e.g. "6.0.17". */
export function loadgenVersion(): string {
  return nativeBinding().loadgenVersion();
}

/** Now, in ns on the monotonic clock that all times of a run are taken from. */
export function monotonicNowNs(): number {
  return nativeBinding().monotonicNowNs();
}
