import { isRecord, type JsonRecord } from "./json-values.ts";

/** Fields that the submission checker writes for every result. Imported tables have a name of their own beside them. */
const checkerFields = ["Organization", "Division", "MlperfModel", "Scenario", "Result", "Units", "Location"];

/** Whether a record is one that the submission checker wrote, and no table made from it. */
export function isSubmissionSummary(record: JsonRecord): boolean {
  const isImported = ["uid", "debug_uid", "_file", "benchmark_version"].some((name) => name in record);
  return !isImported && checkerFields.every((name) => name in record);
}

/** Records of a checker's summary that is one object: of records by name, or of columns whose values are by row. */
export function submissionRecords(content: JsonRecord): JsonRecord[] | null {
  const records = Object.values(content).filter(isRecord);
  const [first] = records;
  if (first === undefined || records.length < Object.keys(content).length) return null;
  if (isSubmissionSummary(first)) return records;
  if (!isSubmissionSummary(content)) return null;
  const rows = Object.keys(content.Organization as JsonRecord);
  return rows.map((row) =>
    Object.fromEntries(
      Object.entries(content).map(([name, values]) => [name, (values as JsonRecord)[row] ?? null]),
    ),
  );
}
