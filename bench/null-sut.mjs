// How many queries a second LoadGen hands over through the public binding to a SUT that answers at once.
// Usage: node bench/null-sut.mjs [QPS=200000] [SECONDS=5]
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readLoadgenResult, runTest } from "flexbench/loadgen";

const qps = Number(process.argv[2] ?? 200_000);
const seconds = Number(process.argv[3] ?? 5);
const outdir = mkdtempSync(join(tmpdir(), "flexbench-null-sut-"));
try {
  await runTest({
    settings: {
      scenario: "Server",
      serverTargetQps: qps,
      serverTargetLatencyNs: 100e6,
      minDurationMs: seconds * 1000,
    },
    log: { outdir },
    library: { name: "null", totalSampleCount: 1024 },
    sut: { name: "null", issue: (batch, report) => report.completeAll(batch.slots, batch.count) },
  });
  const { validity, summary } = readLoadgenResult(outdir, { sourceSha256: "" });
  console.log(
    JSON.stringify({
      validity,
      askedQps: qps,
      completedQps: summary.result_completed_samples_per_sec,
      latencyP50Ns: summary["result_50.00_percentile_latency_ns"],
      latencyP99Ns: summary["result_99.00_percentile_latency_ns"],
    }),
  );
  process.exitCode = validity === "VALID" ? 0 : 1;
} finally {
  rmSync(outdir, { recursive: true, force: true });
}
