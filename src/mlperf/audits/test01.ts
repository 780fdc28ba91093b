import type { LogEntry } from "../../accuracy/accuracy-log.ts";
import { type AuditVerdict, verdictOf } from "./audit-verdict.ts";
import { comparePerformance } from "./performance-comparison.ts";
import type { Performance } from "./performance-log.ts";

/** What stands at the beginning of an answer; it alone is compared. */
export type AnswerElement = "byte" | "int32" | "int64" | "float32";

const elementBytes: Readonly<Record<AnswerElement, number>> = { byte: 1, int32: 4, int64: 8, float32: 4 };

type Entries = AsyncIterable<LogEntry> | Iterable<LogEntry>;

/** The logs that TEST01 sets side by side. */
export interface AnswersAndPerformance {
  /** Of the run's accuracy test. */
  accuracyEntries: Entries;
  /** Logged during the audit. */
  auditEntries: Entries;
  runPerformance: Performance | null;
  auditPerformance: Performance | null;
  /** @default "byte" */
  element?: AnswerElement;
}

/** TEST01: answers given in a performance test are those of the accuracy test, and giving them takes no longer or less. */
export async function verifyTest01({
  accuracyEntries,
  auditEntries,
  runPerformance,
  auditPerformance,
  element = "byte",
}: AnswersAndPerformance): Promise<AuditVerdict> {
  const accuracy = await readAccuracyAnswers(accuracyEntries);
  const counts = { entries: 0, known: 0, different: 0, identical: 0, missing: 0 };
  for await (const { index, data } of auditEntries) {
    counts.entries += 1;
    const expected = accuracy.answers.get(index);
    if (expected === undefined) {
      counts.missing += 1;
      continue;
    }
    counts.known += 1;
    if (!beginsAlike(data, expected, element)) counts.different += 1;
    if (data.equals(expected)) counts.identical += 1;
  }
  const isSame = counts.different === 0 && counts.known > 0;
  const performance = comparePerformance(runPerformance, auditPerformance, "similar");
  return verdictOf({
    audit: "TEST01",
    checks: [
      {
        name: "answers",
        passed: isSame,
        finding: `${counts.known - counts.different} of ${counts.entries} answers begin with the same ${element} as in the accuracy test; ${counts.identical} are the same to the end, ${counts.missing} have no counterpart.`,
      },
      performance.check,
    ],
    figures: { answers: counts.entries, differentAnswers: counts.different, ...performance.figures },
    texts: {
      "verify_accuracy.txt": [
        "Verifying accuracy. This might take a while...",
        "Reading accuracy mode results...",
        "Reading performance mode results...",
        `num_acc_log_entries = ${accuracy.entries}`,
        `num_acc_log_duplicate_keys = ${accuracy.duplicates}`,
        `num_acc_log_data_mismatch = ${accuracy.contradictions}`,
        `num_perf_log_entries = ${counts.entries}`,
        `num_perf_log_qsl_idx_match = ${counts.known}`,
        `num_perf_log_data_mismatch = ${counts.different}`,
        `num_missing_qsl_idxs = ${counts.missing}`,
        `TEST ${isSame ? "PASS" : "FAIL"}`,
        "",
        "",
      ].join("\n"),
      "verify_performance.txt": performance.text,
    },
    notes: [
      "The official verifier compares the second answer to a sample with the first one of the same log, and not with the accuracy test.",
    ],
  });
}

async function readAccuracyAnswers(entries: Entries) {
  const read = { answers: new Map<number, Buffer>(), entries: 0, duplicates: 0, contradictions: 0 };
  for await (const { index, data } of entries) {
    read.entries += 1;
    const earlier = read.answers.get(index);
    if (earlier === undefined) read.answers.set(index, data);
    else {
      read.duplicates += 1;
      if (!earlier.equals(data)) read.contradictions += 1;
    }
  }
  return read;
}

/** Whole elements alone can be compared, as bytes: of a float that is stricter only for zeros of either sign. */
function beginsAlike(one: Buffer, other: Buffer, element: AnswerElement): boolean {
  const bytes = elementBytes[element];
  if (one.length === 0 || other.length === 0) return one.length === other.length;
  if (one.length % bytes !== 0 || other.length % bytes !== 0) return false;
  return one.subarray(0, bytes).equals(other.subarray(0, bytes));
}
