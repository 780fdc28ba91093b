import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll } from "vitest";

/** How a child process ended. */
export interface ChildEnd {
  code: number | null;
  signal: string | null;
  stdout: string;
  stderr: string;
}

const root = fileURLToPath(new URL("..", import.meta.url));

/**
 * Runs module code in a Node process of its own, in the root of the project, and waits for its end.
 * A process that outlives `timeoutMs` is killed and reported with the signal SIGKILL.
 */
export function runScript(code: string, timeoutMs = 20_000): Promise<ChildEnd> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      ["--input-type=module", "--eval", code],
      { cwd: root, timeout: timeoutMs, killSignal: "SIGKILL", maxBuffer: 16 * 1024 * 1024 },
      (_error, stdout, stderr) => resolve({ code: child.exitCode, signal: child.signalCode, stdout, stderr }),
    );
  });
}

/** A folder that is removed after the tests of this file. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "flexbench-test-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
