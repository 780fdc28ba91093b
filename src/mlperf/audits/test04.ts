import { type AuditVerdict, verdictOf } from "./audit-verdict.ts";
import { comparePerformance } from "./performance-comparison.ts";
import type { Performance } from "./performance-log.ts";

/** TEST04: one sample over and over is not answered faster than the samples of the run, as from a cache. */
export function verifyTest04(run: Performance | null, audit: Performance | null): AuditVerdict {
  const { check, figures, text } = comparePerformance(run, audit, "not-faster");
  return verdictOf({
    audit: "TEST04",
    checks: [check],
    figures,
    texts: { "verify_performance.txt": text },
    notes: [
      "Of a SingleStream run with token latencies the official verifier compares the time per output token: of the early-stopping lines it takes the last.",
      "The official verifier allows 20 % instead of 10 % in the closed loops up to 200,000 queries a second, which is nearly always; here 20 % are for latencies of up to 200 µs (MultiStream 1.6 ms), as its own comment says.",
      "The official verifier never sees the target latency: its pattern does not match LoadGen's line.",
    ],
  });
}
