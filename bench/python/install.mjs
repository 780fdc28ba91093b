import { execFile } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { promisify } from "node:util";
import { cacheFolder } from "#src/server/cache-folder.js";
import { pythonProgram } from "#src/server/python.js";

const packages = [
  { folder: "python-loadgen-6.0.17", options: ["--no-deps"], requirement: "mlcommons-loadgen==6.0.17" },
  { folder: "python-aiohttp-3.14.5", options: [], requirement: "aiohttp==3.14.5" },
];

/** Environment with PyPI's LoadGen binding and aiohttp, installed on first use and kept in the user's cache. */
export async function pythonEnvironment() {
  const folders = [];
  for (const each of packages) folders.push(await install(each));
  return { ...process.env, PYTHONPATH: folders.join(delimiter) };
}

async function install({ folder: name, options, requirement }) {
  const folder = join(cacheFolder(), name);
  if (existsSync(folder)) return folder;
  mkdirSync(dirname(folder), { recursive: true });
  const work = mkdtempSync(`${folder}.`);
  try {
    const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
    await promisify(execFile)(pythonProgram(), [...pip, ...options, "--target", work, requirement]);
    if (!existsSync(folder)) renameSync(work, folder);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return folder;
}
