import { type AuditCheck, pythonNumber } from "./audit-verdict.ts";
import { allowedDifference, type Performance } from "./performance-log.ts";

/** The performance of a run beside that of an audit, and the lines that the official verifiers print of it. */
export interface PerformanceComparison {
  check: AuditCheck;
  figures: Record<string, number>;
  text: string;
}

/**
 * Holds the performance under an audit against that of the run. `similar`: neither faster nor slower than allowed;
 * `not-faster`: answers of one sample over and over are not served from a cache.
 */
export function comparePerformance(
  run: Performance | null,
  audit: Performance | null,
  rule: "similar" | "not-faster",
): PerformanceComparison {
  const refusal = refusalOf(run, audit);
  if (run === null || audit === null || refusal !== null) {
    const finding = refusal ?? "";
    return {
      check: { name: "performance", passed: false, finding: `${finding}.` },
      figures: {},
      text: `Verifying performance.\nTEST FAIL: ${finding}\n`,
    };
  }
  const allowed = allowedDifference(run);
  const isNotFaster = run.isLatency
    ? 1 / audit.figure < (1 + allowed) / run.figure
    : audit.figure < run.figure * (1 + allowed);
  const isSimilar = run.figure * (1 - allowed) <= audit.figure && audit.figure <= run.figure * (1 + allowed);
  const passed = rule === "similar" ? isSimilar : isNotFaster;
  const unit = run.isLatency ? "ns" : "samples/s";
  const bound = rule === "similar" ? "they may differ by" : "it may be faster by less than";
  // TEST04's verifier turns latencies into rates.
  const printed = (figure: number) =>
    rule === "similar" ? pythonNumber(figure) : String(run.isLatency ? 1e9 / figure : figure);
  const label = rule === "similar" ? "Reference score = " : "reference score = ";
  return {
    check: {
      name: "performance",
      passed,
      finding: `The run had ${run.figure} ${unit}, the audit ${audit.figure} ${unit}; ${bound} ${allowed * 100} %.`,
    },
    figures: { runPerformance: run.figure, auditPerformance: audit.figure },
    text: [
      "Verifying performance.",
      `${label}${printed(run.figure)}`,
      `${rule === "similar" ? "Test" : "test"} score = ${printed(audit.figure)}`,
      passed ? "TEST PASS" : "TEST FAIL: Test score invalid",
      "",
    ].join("\n"),
  };
}

function refusalOf(run: Performance | null, audit: Performance | null): string | null {
  if (run === null) return "The run's log has no result";
  if (audit === null) return "The audit's log has no result";
  if (!run.isValid) return "LoadGen's verdict of the run is not VALID";
  if (!audit.isValid) return "LoadGen's verdict of the audit is not VALID";
  if (run.scenario !== audit.scenario) return `The run is ${run.scenario}, the audit ${audit.scenario}`;
  if (run.targetLatencyNs !== audit.targetLatencyNs) return "The target latencies of run and audit differ";
  return null;
}
