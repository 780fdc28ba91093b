import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { readLoadgenResult } from "flexbench/loadgen";
import { pythonProgram } from "#src/server/python.js";
import { pythonEnvironment } from "../python/install.mjs";

const execute = promisify(execFile);
const ourScript = fileURLToPath(new URL("../null-sut.mjs", import.meta.url));
const pythonScript = fileURLToPath(new URL("../python/null-sut.py", import.meta.url));

/** Our binding: a batch goes over to the JavaScript thread, which answers it at once. */
export async function runOurNullSut({ qps, seconds }) {
  // It ends with code 1 when LoadGen says INVALID, which is an answer too.
  const { stdout } = await execute(process.execPath, [ourScript, qps, seconds].map(String)).catch((error) => {
    if (error.stdout) return error;
    throw error;
  });
  return JSON.parse(stdout);
}

/** PyPI's binding, answering inside LoadGen's call ("direct") or in another thread ("thread"). */
export async function runPythonNullSut({ qps, seconds, how }) {
  const outdir = mkdtempSync(join(tmpdir(), "flexbench-null-sut-"));
  try {
    await execute(pythonProgram(), [pythonScript, qps, seconds, outdir, how].map(String), {
      env: await pythonEnvironment(),
    });
    return handOver(outdir, qps);
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}

function handOver(outdir, askedQps) {
  const { validity, summary } = readLoadgenResult(outdir, { sourceSha256: "" });
  return {
    validity,
    askedQps,
    completedQps: summary.result_completed_samples_per_sec,
    latencyP50Ns: summary["result_50.00_percentile_latency_ns"],
    latencyP99Ns: summary["result_99.00_percentile_latency_ns"],
  };
}
