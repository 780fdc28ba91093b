import { execFile } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { promisify } from "node:util";
import { cacheFolder } from "#src/server/cache-folder.js";
import { pythonProgram } from "#src/server/python.js";

const execute = promisify(execFile);
const packages = [
  { folder: "python-loadgen-6.0.17", options: ["--no-deps"], requirement: "mlcommons-loadgen==6.0.17" },
  { folder: "python-aiohttp-3.14.5", options: [], requirement: "aiohttp==3.14.5" },
];

let environment = null;

/**
 * Environment with PyPI's LoadGen binding and aiohttp, installed on first use and kept in the user's cache. Throws when they
 * cannot be installed, or were installed for another Python.
 */
export function pythonEnvironment() {
  environment ??= prepare();
  return environment;
}

async function prepare() {
  const folders = [];
  for (const each of packages) folders.push(await install(each));
  const env = { ...process.env, PYTHONPATH: folders.join(delimiter) };
  await execute(pythonProgram(), ["-c", "import mlperf_loadgen, aiohttp"], { env });
  return env;
}

async function install({ folder: name, options, requirement }) {
  const folder = join(cacheFolder(), name);
  if (existsSync(folder)) return folder;
  mkdirSync(dirname(folder), { recursive: true });
  const work = mkdtempSync(`${folder}.`);
  try {
    const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
    await execute(pythonProgram(), [...pip, ...options, "--target", work, requirement]);
    renameSync(work, folder);
  } catch (error) {
    // Another process may have been first.
    if (!existsSync(folder)) throw error;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return folder;
}
