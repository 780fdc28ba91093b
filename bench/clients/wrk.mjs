import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { requestBody } from "../request-body.mjs";
import { runCounted } from "./counted-process.mjs";

/** Whether wrk is on PATH (Debian: `apt-get install wrk`). */
export const hasWrk = () => spawnSync("wrk", ["-v"]).error === undefined;

/** The streamed request by wrk, which parses nothing; one thread. Throws when any of its requests failed. */
export async function runWrk({ url, streams, seconds, tokens, tokenIds }) {
  const folder = mkdtempSync(join(tmpdir(), "flexbench-bench-wrk-"));
  try {
    const script = join(folder, "ask.lua");
    const body = JSON.stringify(requestBody({ tokens, tokenIds }));
    writeFileSync(
      script,
      `wrk.method = "POST"\nwrk.body = ${body}\nwrk.headers["content-type"] = "application/json"\n`,
    );
    const { stdout, cpuSeconds } = await runCounted("wrk", [
      ...["-t1", `-c${streams}`, `-d${seconds}s`, "--timeout", "60s"],
      ...["-s", script, `${url}/v1/completions`],
    ]);
    const failures = /Socket errors.*|Non-2xx.*/.exec(stdout)?.[0];
    if (failures) throw new Error(`wrk: ${failures}`);
    return { cpuSeconds, tokens: Number(/(\d+) requests in/.exec(stdout)?.[1]) * tokens, failed: 0 };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
