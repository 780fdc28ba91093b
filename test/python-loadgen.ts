import { execFile } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { cacheFolder } from "#src/server/cache-folder.js";

const execute = promisify(execFile);
const script = fileURLToPath(new URL("./fixtures/python-loadgen.py", import.meta.url));
const requirement = "mlcommons-loadgen==6.0.17";

/** Folder of PyPI's LoadGen binding, compiled on first use and kept in the user's cache. */
export async function pythonLoadgen(): Promise<string> {
  const folder = join(cacheFolder(), "python-loadgen-6.0.17");
  if (existsSync(folder)) return folder;
  mkdirSync(dirname(folder), { recursive: true });
  const work = mkdtempSync(`${folder}.`);
  await execute("python3", ["-m", "pip", "install", "--quiet", "--no-deps", "--target", work, requirement]);
  try {
    renameSync(work, folder);
  } catch {
    // Another process was first.
    rmSync(work, { recursive: true, force: true });
  }
  return folder;
}

/** Runs a test through the Python binding; gives the order in which samples were issued. */
export async function runPythonTest(request: Record<string, unknown>): Promise<number[]> {
  const { stdout } = await execute("python3", [script, withIntegers(JSON.stringify(request))], {
    env: { ...process.env, PYTHONPATH: await pythonLoadgen() },
    maxBuffer: 64 * 1024 * 1024,
    timeout: 60_000,
  });
  return JSON.parse(stdout.trim().split("\n").at(-1) ?? "[]");
}

/** JSON has no 64-bit integers, but Python reads them: `"@123@"` becomes 123. */
function withIntegers(json: string): string {
  return json.replaceAll(/"@(\d+)@"/g, "$1");
}
