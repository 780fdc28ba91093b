import type { SubmissionReport } from "./record.ts";

/** Which rules a run was made by, in one line. */
export function submissionText({ round, benchmark, scenario, fast, audit }: SubmissionReport): string {
  const part = audit === null ? "" : ` · ${audit}`;
  const rehearsal = fast ? " · a rehearsal, cannot be submitted" : "";
  return `${benchmark} ${scenario}, rules of MLPerf Inference ${round}${part}${rehearsal}`;
}
