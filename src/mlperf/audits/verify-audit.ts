import { existsSync } from "node:fs";
import { join } from "node:path";
import { findAccuracyLog, readLogEntries } from "../../accuracy/accuracy-log.ts";
import { UsageError } from "../../errors.ts";
import type { SubmissionScenario } from "../benchmark-rules.ts";
import type { AuditSettings } from "./audit-settings.ts";
import { type AuditVerdict, verdictOf } from "./audit-verdict.ts";
import { type DetailValues, performanceOf, readDetailValues } from "./performance-log.ts";
import { settingsCheck } from "./settings-check.ts";
import { type AnswerElement, verifyTest01 } from "./test01.ts";
import { verifyTest04 } from "./test04.ts";
import { verifyTest06 } from "./test06.ts";
import { type AnswerScore, verifyTest07 } from "./test07.ts";
import { verifyTest09 } from "./test09.ts";

/** What an audit's logs are held against. */
export interface AuditEvidence {
  settings: AuditSettings;
  scenario: SubmissionScenario;
  /** Every id that ends an answer; TEST06 needs it. */
  eosTokens?: readonly number[];
  /** Of the logged answers; TEST07 needs it. */
  score?: AnswerScore;
  /** Folder of the run that is audited, with its logs; TEST01 and TEST04 need it. */
  auditedRun?: string;
  /** What TEST01 compares of an answer. @default "byte" */
  answerElement?: AnswerElement;
}

/** LoadGen's files of an audit. */
export interface AuditLogs {
  /** Null when answers were not logged. */
  accuracy: string | null;
  /** Null in a submission's TEST06, which has none. */
  detail: string | null;
  summary: string | null;
}

/** Where LoadGen's files are: in a run of FlexBench, in the audit's folder of a submission, or in the folder itself. */
export function findAuditLogs(folder: string): AuditLogs {
  const first = (name: string, places: readonly string[]) =>
    places.map((place) => join(folder, place, name)).find((path) => existsSync(path)) ?? null;
  const performance = ["loadgen", join("performance", "run_1"), "."];
  return {
    accuracy: first("mlperf_log_accuracy.json", ["loadgen", "accuracy", "."]),
    detail: first("mlperf_log_detail.txt", performance),
    summary: first("mlperf_log_summary.txt", performance),
  };
}

/**
 * The verdict of an audit from LoadGen's logs in a folder. Throws a UsageError `AUDIT_LOG_MISSING`, or
 * `ACCURACY_LOG_BROKEN` for a log that was truncated, as in a submission.
 */
export async function verifyAudit(folder: string, evidence: AuditEvidence): Promise<AuditVerdict> {
  const logs = findAuditLogs(folder);
  const values = logs.detail === null ? null : readDetailValues(logs.detail);
  const { checks, ...verdict } = await verdictFromLogs(folder, logs, values, evidence);
  const settings =
    values === null
      ? { name: "settings", passed: null, finding: "A submission's TEST06 has no log of its settings." }
      : settingsCheck(values, evidence.settings);
  return verdictOf({ ...verdict, checks: [...checks, settings] });
}

async function verdictFromLogs(
  folder: string,
  logs: AuditLogs,
  values: DetailValues | null,
  { settings, scenario, eosTokens = [], score, auditedRun, answerElement }: AuditEvidence,
): Promise<AuditVerdict> {
  const entries = () => readLogEntries(present(logs.accuracy, folder, "mlperf_log_accuracy.json"));
  const samples = settings.samples ?? 0;
  const performance = () => performanceOf(present(values, folder, "mlperf_log_detail.txt"));
  switch (settings.audit) {
    case "TEST06":
      return await verifyTest06(entries(), {
        scenario,
        eosTokens,
        leastAnswers: settings.leastQueries ?? 0,
      });
    case "TEST07": {
      const known = { leastScore: settings.leastScore ?? 0, samples };
      return await verifyTest07(entries(), score ?? { score: null, output: "" }, known);
    }
    case "TEST09":
      return await verifyTest09(entries(), {
        meanOutputTokens: settings.meanOutputTokens ?? { least: 0, most: 0 },
        samples,
      });
    case "TEST04":
      return verifyTest04(performanceOfRun(auditedRun), performance());
    default:
      return await verifyTest01({
        accuracyEntries: readLogEntries(findAccuracyLog(present(auditedRun ?? null, folder, "audited run"))),
        auditEntries: entries(),
        runPerformance: performanceOfRun(auditedRun),
        auditPerformance: performance(),
        ...(answerElement === undefined ? {} : { element: answerElement }),
      });
  }
}

function performanceOfRun(folder = "") {
  return performanceOf(
    readDetailValues(present(findAuditLogs(folder).detail, folder, "mlperf_log_detail.txt")),
  );
}

function present<Value>(value: Value | null, folder: string, name: string): Value {
  if (value !== null) return value;
  throw new UsageError("AUDIT_LOG_MISSING", [{ where: folder, message: `it holds no ${name}` }], {
    hint: "Name a folder with the logs of an audit.",
  });
}
