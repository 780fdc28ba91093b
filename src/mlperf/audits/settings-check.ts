import { type AuditSettings, accuracyLogSeed } from "./audit-settings.ts";
import type { AuditCheck } from "./audit-verdict.ts";
import type { DetailValues } from "./performance-log.ts";

/** Whether LoadGen ran under the settings of the audit; the official verifiers do not look. */
export function settingsCheck(values: DetailValues, settings: AuditSettings): AuditCheck {
  const differing = expectedValues(settings).flatMap(([key, expected]) => {
    const found = values.get(`effective_${key}`);
    return String(found) === String(expected)
      ? []
      : [`${key} is ${String(found ?? "not there")}, not ${expected}`];
  });
  return {
    name: "settings",
    passed: differing.length === 0,
    finding:
      differing.length === 0
        ? "LoadGen ran under the settings of the audit."
        : `LoadGen did not run under the settings of the audit: ${differing.join("; ")}.`,
  };
}

function expectedValues({
  leastQueries,
  loggedAnswers,
  asksEachSampleOnce,
  sameSample,
}: AuditSettings): [string, string | number | boolean][] {
  const expected: [string, string | number | boolean][] = [["test_mode", "PerformanceOnly"]];
  if (loggedAnswers !== null)
    expected.push(
      ["accuracy_log_rng_seed", accuracyLogSeed],
      ["accuracy_log_sampling_target", loggedAnswers],
    );
  if (leastQueries !== null) expected.push(["min_duration_ms", 0], ["sample_concatenate_permutation", false]);
  expected.push(["performance_issue_unique", asksEachSampleOnce]);
  expected.push(["performance_issue_same", sameSample !== null]);
  if (sameSample !== null) expected.push(["performance_issue_same_index", sameSample]);
  return expected;
}
