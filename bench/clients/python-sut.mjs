import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { pythonProgram } from "#src/server/python.js";
import { pythonEnvironment } from "../python/install.mjs";
import { requestBody } from "../request-body.mjs";

const script = fileURLToPath(new URL("../python/streaming-sut.py", import.meta.url));

/** One LoadGen test of PyPI's Python binding with a minimal streaming SUT (asyncio, aiohttp), text kept. */
export async function runPythonSut({ url, streams, requests, tokens }) {
  const outdir = mkdtempSync(join(tmpdir(), "flexbench-bench-python-"));
  try {
    const request = { url, streams, requests, outdir, body: requestBody({ tokens }) };
    const { stdout } = await promisify(execFile)(pythonProgram(), [script, JSON.stringify(request)], {
      env: await pythonEnvironment(),
      timeout: 300_000,
    });
    return JSON.parse(stdout.trim().split("\n").at(-1));
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}
