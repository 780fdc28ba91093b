import { auditConfigText } from "../mlperf/audits/audit-settings.ts";
import type { ComplianceRecord } from "../mlperf/audits/compliance-record.ts";
import type { AuditPlan } from "../mlperf/audits/plan-audits.ts";

/** The audits for people: each with its checks, and the verdict of all. */
export function complianceLines(record: ComplianceRecord, folder: string): string {
  const { benchmark, scenario, round, audits, passed, simulated } = record;
  const failed = audits.filter((audit) => !audit.passed).map(({ audit }) => audit);
  const lines = [
    `Audits of ${benchmark} ${scenario}, round ${round}`,
    ...audits.flatMap(({ audit, passed: isGood, checks }) => [
      `  ${audit}  ${isGood ? "passed" : "FAILED"}`,
      ...checks.map((check) => `    ${mark(check.passed)} ${check.name}: ${check.finding}`),
    ]),
    passed ? "Passed: every audit." : `FAILED: ${failed.join(", ")}.`,
    ...(simulated ? ["The server was a simulator: this says nothing about any system."] : []),
    `Files  ${folder}`,
  ];
  return `${lines.join("\n")}\n`;
}

function mark(passed: boolean | null): string {
  if (passed === null) return "-";
  return passed ? "✓" : "✗";
}

/** What would be run, and what LoadGen would be told. */
export function auditList({ benchmark, scenario, audits, output }: AuditPlan, asJson: boolean): string {
  if (asJson) return `${JSON.stringify({ benchmark: benchmark.name, scenario, output, audits }, null, 2)}\n`;
  return `# Audits of ${benchmark.name} ${scenario}, into ${output}\n\n${audits.map(auditConfigText).join("\n")}`;
}
