// LoadGen alone, with a system of your own: no server, no tokens. This one "classifies" after half a millisecond.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readLoadgenResult, runTest } from "flexbench/loadgen";

const outdir = mkdtempSync(join(tmpdir(), "flexbench-custom-sut-"));
const outcome = await runTest({
  settings: {
    scenario: "Server",
    serverTargetQps: 1000,
    serverTargetLatencyNs: 50e6,
    minDurationMs: 2000,
    minQueryCount: 1000,
  },
  log: { outdir },
  library: { name: "a hundred pictures", totalSampleCount: 100 },
  sut: {
    name: "classifier",
    issue(batch, report) {
      // The batch is reused: copy what is needed later.
      const slots = batch.slots.slice(0, batch.count);
      const samples = batch.samples.slice(0, batch.count);
      setTimeout(() => {
        for (const [i, slot] of slots.entries()) report.complete(slot, new Int32Array([samples[i] % 10]));
      }, 0.5);
    },
  },
});
const { validity, summary } = readLoadgenResult(outdir, { sourceSha256: "" });
console.log(`${outcome.state}: ${validity}, ${summary.result_completed_samples_per_sec} samples a second`);
process.exitCode = validity === "VALID" ? 0 : 1;
rmSync(outdir, { recursive: true });
