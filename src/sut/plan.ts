import type { LogSettings, TestSettings } from "../loadgen/settings.ts";
import type { BodiesPlan, TransportPlan } from "../transport/plan.ts";

/** Everything a child process needs for one LoadGen test; plain data. */
export interface TestPlan {
  settings: TestSettings;
  log: LogSettings;
  /** Path of LoadGen's audit.config, or null for none. */
  auditConfig: string | null;
  sutName: string;
  bodies: BodiesPlan;
  transport: TransportPlan;
  /** Requests sent before the test, not counted. */
  warmupRequests: number;
  /**
   * What is reported to LoadGen as response bytes: token ids where the server returns them, else UTF-8 text, or the ids
   * that the tokenizer makes of it.
   */
  payload: "token-ids" | "text" | "encoded-text";
  /** Folder of the tokenizer that counts tokens where the server does not, or encodes the text; absent for none. */
  tokenizerFolder?: string;
}
