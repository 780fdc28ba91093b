import type { DetailRecord } from "./detail-record.ts";
import type { Finding, Rule } from "./rule.ts";
import type { ResultFolder } from "./submission-tree.ts";

/** What a rule finds wrong in one detail log of a result. */
export type LogComplaints = (log: DetailRecord, result: ResultFolder) => readonly string[];

/** A rule about detail logs of a result; those that could not be read are left to other rules. */
export function perLog(
  id: string,
  asks: string,
  complaints: LogComplaints,
  logsOf: (result: ResultFolder) => readonly (DetailRecord | null)[],
): Rule<ResultFolder> {
  return {
    id,
    asks,
    find: (result): Finding[] =>
      logsOf(result).flatMap((log) =>
        log === null ? [] : complaints(log, result).map((message) => ({ file: log.path, message })),
      ),
  };
}
