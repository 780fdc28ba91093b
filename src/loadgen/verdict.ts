import { existsSync } from "node:fs";
import { join } from "node:path";
import { RunFailedError } from "../errors.ts";
import { type DetailEntry, type DetailValue, readDetailLog } from "./detail-log.ts";
import type { Scenario } from "./settings.ts";

/** What LoadGen said: its own figures and verdict, read from its logs and never changed. */
export interface LoadgenResult {
  /** LoadGen's version, e.g. `6.0.17`. */
  version: string;
  sourceSha256: string;
  scenario: Scenario;
  mode: "performance" | "accuracy";
  /** LoadGen's verdict; null for an accuracy test, which has none, and for a test that did not end. */
  validity: "VALID" | "INVALID" | null;
  /** LoadGen's own reasons, in its words; empty unless the verdict is INVALID. */
  invalidReasons: string[];
  /** Different error lines of the detail log, each once; how many there were in all is `summary.num_errors`. */
  errors: string[];
  /** Different warning lines of the detail log, each once. */
  warnings: string[];
  /** Every `result_*`, `effective_*`, `requested_*`, `early_stopping_*` and `generated_*` key of the detail log, and `num_errors`. */
  summary: Record<string, unknown>;
}

/** Where the logs of a test are and what compiled LoadGen. */
export interface LoadgenLogs {
  /** @default "mlperf_log_" */
  prefix?: string;
  /** @default "" */
  suffix?: string;
  /** SHA-256 of the pinned LoadGen sources, hex. */
  sourceSha256: string;
}

const summaryKey = /^(result|effective|requested|early_stopping|generated)_|^num_errors$/;

/** A broken SUT can make LoadGen log one different line a query; more than these say nothing new. */
const mostMessages = 100;

/**
 * Reads what LoadGen logged about a test in `folder`, also about one that was cut off.
 * Throws RunFailedError when there is no detail log or when it ends before LoadGen said what it runs.
 */
export function readLoadgenResult(folder: string, logs: LoadgenLogs): LoadgenResult {
  const path = join(folder, `${logs.prefix ?? "mlperf_log_"}detail${logs.suffix ?? ""}.txt`);
  if (!existsSync(path)) {
    throw new RunFailedError("LOADGEN_LOG_MISSING", `LoadGen left no detail log at ${path}.`, {
      hint: "The test ended before LoadGen opened its logs; see the error of the test itself.",
    });
  }
  const values = new Map<string, DetailValue>();
  const errors = new Set<string>();
  const warnings = new Set<string>();
  for (const entry of readDetailLog(path)) {
    if (entry.isError) addMessage(errors, entry);
    else if (entry.isWarning || entry.key.startsWith("warning_")) addMessage(warnings, entry);
    else values.set(entry.key, entry.value);
  }
  const version = values.get("loadgen_version");
  const scenario = scenarioOf(values.get("effective_scenario") ?? values.get("requested_scenario"));
  const mode = values.get("effective_test_mode") ?? values.get("requested_test_mode");
  if (typeof version !== "string" || scenario === null || typeof mode !== "string") {
    throw new RunFailedError(
      "LOADGEN_LOG_INCOMPLETE",
      `LoadGen's detail log ${path} ends before its settings.`,
      {
        hint: "The test was ended while LoadGen started; see the error of the test itself.",
      },
    );
  }
  return {
    version: version.split(" ")[0] ?? version,
    sourceSha256: logs.sourceSha256,
    scenario,
    mode: mode === "AccuracyOnly" ? "accuracy" : "performance",
    validity: validityOf(values.get("result_validity")),
    invalidReasons: invalidReasonsOf(values),
    errors: [...errors],
    warnings: [...warnings],
    summary: Object.fromEntries([...values].filter(([key]) => summaryKey.test(key))),
  };
}

/** A figure of LoadGen's summary; null when it was not logged or is not a number. */
export function loadgenNumber(result: LoadgenResult, key: string): number | null {
  const value = result.summary[key];
  return typeof value === "number" ? value : null;
}

function addMessage(messages: Set<string>, entry: DetailEntry): void {
  if (messages.size < mostMessages) messages.add(String(entry.value ?? entry.rawValue));
}

function scenarioOf(value: DetailValue | undefined): Scenario | null {
  switch (value) {
    case "SingleStream":
    case "MultiStream":
    case "Server":
    case "Offline":
      return value;
    default:
      return null;
  }
}

function validityOf(value: DetailValue | undefined): "VALID" | "INVALID" | null {
  return value === "VALID" || value === "INVALID" ? value : null;
}

function invalidReasonsOf(values: ReadonlyMap<string, DetailValue>): string[] {
  if (values.get("result_validity") !== "INVALID") return [];
  const texts = [values.get("result_invalid_reason")];
  if (values.get("early_stopping_met") === false) {
    texts.push(
      values.get("early_stopping_result"),
      values.get("early_stopping_ttft_result"),
      values.get("early_stopping_tpot_result"),
    );
  }
  return texts.flatMap((text) => (typeof text === "string" ? bullets(text) : []));
}

/** LoadGen joins its sentences with " * " where it had line breaks. */
function bullets(text: string): string[] {
  return text
    .split(/(?:^|\s)\s*\*\s/)
    .map((sentence) => sentence.replaceAll(/\s+/g, " ").trim())
    .filter((sentence) => sentence !== "" && sentence !== "Run successful.");
}
